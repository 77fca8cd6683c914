// SPDX-License-Identifier: Apache-2.0
// Compiles cardformat/groschen.ksy to JavaScript and reads every vector with it:
//
//     node kaitai.mjs [KSY]
//
// Says how many records and cards were read to the values of the vectors; status 1 and the first difference otherwise.

import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {isDeepStrictEqual} from 'node:util';
import vm from 'node:vm';
import KaitaiStructCompiler from 'kaitai-struct-compiler';
import KaitaiStream from 'kaitai-struct/KaitaiStream.js';
import yaml from 'yaml';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const source = process.argv[2] ?? path.join(root, 'cardformat/groschen.ksy');
const vectors = (name) => JSON.parse(fs.readFileSync(path.join(root, 'tests/vectors', `${name}.json`), 'utf8'));

const ksy = yaml.parse(fs.readFileSync(source, 'utf8'));
const compiled = await KaitaiStructCompiler.compile('javascript', ksy, null, false);
const module = {};
for (const code of Object.values(compiled)) {
    vm.runInThisContext(`(function (exports, require) {${code}\n})`)(module, () => KaitaiStream);
}
const {Groschen} = module;

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const pascal = (name) => camel(`_${name}`);
const kinds = Object.keys(ksy.types.space.instances).map((name) => name.replace(/_[01]$/, ''));
const names = [null, ...new Set(kinds)];  // by kind, as the table has them

// What the vectors have for what the parser read: an integer, a text, or rows.
function plain(type, read) {
    if (typeof read !== 'object') return read;
    if (type === 'holidays') return read.rows.map((row) => [row.kind, row.a, row.b, row.firstYear, row.lastYear]);
    if ('rows' in read) {
        const columns = ksy.types[`${type}_row`].seq;
        return read.rows.map((row) => columns.map(({id, type: of}) => plain(of, row[camel(id)])));
    }
    return read.value;
}

function values(kind, payload) {
    return Object.fromEntries(ksy.types[names[kind]].seq.map(({id, type}) => [id, plain(type, payload[camel(id)])]));
}

function same(what, found, wanted) {
    if (isDeepStrictEqual(found, wanted)) return;
    console.error(`${what}:\n  read   ${JSON.stringify(found)}\n  wanted ${JSON.stringify(wanted)}`);
    process.exit(1);
}

const stream = (bytes) => new KaitaiStream(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

let records = 0;
for (const row of vectors('card-records')) {
    const bytes = Buffer.from(row.record, 'hex');
    const read = new Groschen[pascal(`${names[row.kind]}_record`)](stream(bytes), null, null);
    same(row.name, [read.number, values(row.kind, read.payload)], [row.number, row.values]);
    const tail = Buffer.alloc(10);
    tail.set(read.mac);
    tail.writeUInt16LE(read.crc, 8);
    same(row.name, tail.toString('hex'), row.record.slice(-20));
    records += 1;
}

// A MIFARE's space is its data blocks.
function space(row, image) {
    if (row.chip === 'sle4428') {
        const whole = new Groschen(stream(image));
        same(row.name, [whole.header.length, whole.errorCounter, whole.psc.length], [32, 255, 2]);
        return whole.space;
    }
    const blocks = [];
    for (let block = 1; block < 64; block += 1) {
        if (block % 4 !== 3) blocks.push(image.subarray(16 * block, 16 * block + 16));
    }
    return new Groschen.Space(stream(Buffer.concat(blocks)), null, null);
}

let cards = 0;
for (const row of vectors('card-images')) {
    const read = space(row, Buffer.from(row.image, 'hex'));
    for (const [kind, slot, said] of row.places) {
        const place = camel(`${names[kind]}_${slot}`) in read ? camel(`${names[kind]}_${slot}`) : camel(names[kind]);
        if (typeof said === 'number') same(`${row.name}, ${place}`, read[place].number, said);
    }
    cards += 1;
}
console.log(`${records} records and ${cards} cards read`);
