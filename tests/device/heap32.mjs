// SPDX-License-Identifier: Apache-2.0
// Plays a week on the 32-bit MicroPython in a heap of a given size: node heap32.mjs FLASH WEEK.json RESULT.json
//
// FLASH is a folder: the release as it is flashed in a/, its modules one by one in each/. WEEK holds what happens, prepared
// by test_heap.py. The heap of this port can grow; RESULT says how large it was at the beginning and at the end, which
// must be the same: where it had to grow, a board raises MemoryError. A file that is open takes a kilobyte of it, as
// littlefs does.

import fs from 'node:fs';
import path from 'node:path';
import {loadMicroPython} from '@micropython/micropython-webassembly-pyscript/micropython.mjs';

process.on('uncaughtException', (error) => {  // without the port's own source around it
    console.error(error.message);
    process.exit(1);
});

const [flash, weekFile, resultFile] = process.argv.slice(2);
const week = JSON.parse(fs.readFileSync(weekFile, 'utf8'));
const said = [];
const mp = await loadMicroPython({heapsize: week.heap, stdout: (line) => said.push(line), linebuffer: true});

function copy(from, to) {
    if (!mp.FS.analyzePath(to).exists) mp.FS.mkdir(to);
    for (const entry of fs.readdirSync(from, {withFileTypes: true})) {
        const source = path.join(from, entry.name);
        const target = `${to}/${entry.name}`;
        if (entry.isDirectory()) copy(source, target);
        else mp.FS.writeFile(target, fs.readFileSync(source));
    }
}

const fram = new Uint8Array(Buffer.from(week.fram, 'hex'));
const cards = week.cards.map((card) => Uint8Array.from(Buffer.from(card, 'hex')));
let image = cards[0];
mp.registerJsModule('outside', {
    fram_get: (at) => fram[at],
    fram_put: (at, byte) => { fram[at] = byte; },
    card_get: (at) => image[at],
    card_put: (at, byte) => { image[at] = byte; },
});
copy(flash, '/flash');

// The port's own account of its heap: "GC: total: 200064, used: ... max free sz: 123"
function heap() {
    said.length = 0;
    mp.runPython('import micropython; micropython.mem_info()');
    const found = /total: (\d+), used: (\d+), free: (\d+)[^]*max free sz: (\d+)/.exec(said.join('\n'));
    const [total, used, free, blocks] = found.slice(1).map(Number);
    return {total, used, free, largest: 16 * blocks};
}

// This port collects only between two calls from here, so that what is in use is asked in a call of its own.
function collected() {
    mp.runPython('gc.collect()');
    return heap();
}

const before = heap();
mp.runPython(fs.readFileSync(path.join(flash, 'littlefs.py'), 'utf8'));
if (week.loader) {
    mp.runPython('sys.path[:] = ["/lfs/a", ".frozen"]; import main; modules = main.begin("/lfs/a")');
    // One by one, so that the collections that the loader asks for are made.
    for (const module of week.modules) mp.runPython(`modules.load("/${module}")`);
    mp.runPython('vfs.umount("/modules"); del modules');
} else {
    mp.runPython('sys.path[:] = ["/lfs/each", ".frozen"]');
    for (const module of week.modules) {
        if (heap().free < week.scarce) collected();  // as the allocator does where nothing is left
        mp.runPython(`import ${module.replace(/(\/__init__)?\.mpy$/, '').replaceAll('/', '.')}`);
    }
}
const loaded = collected();
mp.runPython('sys.path[:] = ["/flash", ".frozen"]');
const module = mp.pyimport('heap_board');
const board = {};  // each function looked up once, since each look-up costs the heap a reference
for (const name of ['boot', 'cut', 'tell', 'fall', 'press', 'card', 'sign_on', 'sent', 'step', 'steady']) board[name] = module[name];
let now = week.start_ms;
let powered = now;
let on = false;
let highest = 0;
let least = before.total;
let steps = 0;
let steady = 0;
const ticks = (ms) => ms % 0x40000000;

function look() {
    const now = collected();
    highest = Math.max(highest, now.used);
    least = Math.min(least, now.largest);
}

function pass(ms) {
    now += ms;
    const seconds = Math.floor(now / 1000);
    board.tell(Math.floor(seconds / 86400), seconds % 86400, Math.floor((now - powered) / 1000));
}

function boot() {
    powered = now;
    pass(0);
    board.boot(week.key, week.utility, week.serial);
}

function tick(ms) {
    pass(ms);
    on = board.step(ticks(now));
    steps++;
    if (steps % 500 === 0) look();
}

// Time leaps where nothing happens, but never over a second at which the meter may change by itself: those of the week.
function until(at) {
    while (now < at) tick(Math.min(60000, at - now));
}

function rest(ms, each = 100) {
    for (let passed = 0; passed < ms; passed += each) tick(each);
}

boot();
const started = collected();
look();
rest(3000);
for (const [at, what, value] of week.events) {
    until(at);
    if (what === 'pulse') {
        rest(100, 50);
        if (on) { board.fall(); tick(50); }
    } else if (what === 'card') {
        image = cards[value.card];
        for (const [address, bytes] of value.patches) image.set(Buffer.from(bytes, 'hex'), address);
        board.card(1);
        rest(6000, 50);
        board.card(0);
        rest(1000);
    } else if (what === 'keys') {
        for (const key of value) { board.press(key); rest(200); }
        rest(1000);
    } else if (what === 'read') {
        board.sign_on();
        rest(30000, 50);
    } else if (what === 'steady') {
        // A pulse and the display's refresh are part of the steady state.
        for (let count = 0; count < 100; count++) {
            if (count % 10 === 0) { board.fall(); }
            pass(100);
            board.steady(ticks(now));
            steady++;
        }
    } else if (what === 'restart') {
        board.cut();
        collected();
        boot();
        rest(1000);
    }
}
until(week.end_ms);
board.cut();
const after = heap();
fs.writeFileSync(resultFile, JSON.stringify({
    heap: week.heap, before: before.total, after: after.total, loaded: loaded.used, started, highest, least, steps, steady, sent: board.sent(), on: Boolean(on),
    fram: Buffer.from(fram).toString('hex'),
}));
