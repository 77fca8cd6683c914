// SPDX-License-Identifier: Apache-2.0
// Runs the portable tests on a 32-bit MicroPython:
//
//     node run32.mjs [--core FOLDER] [MODULE ...]
//
// FOLDER holds modules that take the place of those of groschen/core. Small integers have 31 bits here, as on a
// microcontroller; what leaves them is on the heap, and fails while the heap is locked.

import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {loadMicroPython} from '@micropython/micropython-webassembly-pyscript/micropython.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const names = process.argv.slice(2);
const replacement = names[0] === '--core' ? names.splice(0, 2)[1] : null;

const mp = await loadMicroPython({
    heapsize: 16 << 20,
    stdout: (line) => process.stdout.write(line + '\n'),
    stderr: (line) => process.stderr.write(line + '\n'),
    linebuffer: true,
});

function copy(from, to) {
    if (!mp.FS.analyzePath(to).exists) mp.FS.mkdir(to);
    for (const entry of fs.readdirSync(from, {withFileTypes: true})) {
        const source = path.join(from, entry.name);
        const target = `${to}/${entry.name}`;
        if (entry.isDirectory() && !['node_modules', '__pycache__'].includes(entry.name)) copy(source, target);
        else if (entry.name.endsWith('.py')) mp.FS.writeFile(target, fs.readFileSync(source));
    }
}

mp.FS.mkdir('/src');
copy(path.join(root, 'firmware/groschen'), '/src/groschen');
copy(path.join(root, 'cardformat/groschencard'), '/src/groschencard');
copy(here, '/tests');
// What the tests read beside the code: the vectors, where they lie seen from the tests.
mp.FS.mkdir('/vectors');
for (const name of ['tan', 'card-records', 'card-refused', 'card-images', 'card-keys'].map((one) => one + '.json')) {
    mp.FS.writeFile(`/vectors/${name}`, fs.readFileSync(path.join(root, 'tests/vectors', name)));
}
// The chips' models, which the drivers are tried with.
mp.FS.mkdir('/src/groschensim');
copy(path.join(root, 'simulator/groschensim'), '/src/groschensim');
if (replacement) copy(replacement, '/src/groschen/core');

mp.globals.set('names', JSON.stringify(names));
mp.runPython(`
import json, sys
assert sys.maxsize == 2**31 - 1, sys.maxsize
sys.path[:] = ["/src", "/tests", ".frozen"]
import run
failed = run.run(json.loads(names))
`);
process.exit(mp.globals.get('failed') ? 1 : 0);
