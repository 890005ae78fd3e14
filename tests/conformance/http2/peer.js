// SPDX-License-Identifier: Apache-2.0
// Node as the client: peer.js URL PATH [CA]. A line per row, "ok NAME" or "FAILED NAME: why".
'use strict';
const fs = require('node:fs');
const http2 = require('node:http2');

const [url, path, ca] = process.argv.slice(2);
const options = ca ? {ca: fs.readFileSync(ca), servername: 'localhost'} : {};

function request(session, fields, body) {
    return new Promise((resolve, reject) => {
        const stream = session.request({':path': path, ...fields}, {endStream: body === undefined});
        let status = 0, length = 0;
        stream.on('response', (head) => { status = head[':status']; });
        stream.on('data', (piece) => { length += piece.length; });
        stream.on('end', () => resolve({status, length}));
        stream.on('error', reject);
        if (body !== undefined) stream.end(body);
    });
}

function expect(truth, what) {
    if (!truth) throw new Error(JSON.stringify(what));
}

const rows = {
    'a request': async (session) => {
        const got = await request(session, {});
        expect(got.status === 200 && got.length > 0, got);
    },
    'HEAD has no body': async (session) => {
        const got = await request(session, {':method': 'HEAD'});
        expect(got.length === 0, got);
    },
    '300 requests at once, as the peer allows them': async (session) => {
        for (let turn = 0; turn < 5; turn++) {
            const all = await Promise.all(Array.from({length: 60}, () => request(session, {})));
            expect(all.every((got) => got.status === 200 && got.length > 0), all.map((got) => got.status));
        }
    },
    'a body of 300,000 bytes through the window': async (session) => {
        const got = await request(session, {':method': 'POST', 'content-type': 'text/plain'}, Buffer.alloc(300000, 'x'));
        expect(got.status >= 200 && got.status < 500, got);
    },
    'a stream that is reset leaves the others alone': async (session) => {
        const stream = session.request({':path': path});
        const gone = new Promise((resolve) => stream.on('close', resolve));
        stream.on('error', () => {});
        stream.close(http2.constants.NGHTTP2_CANCEL);
        await gone;
        expect((await request(session, {})).status === 200, 'next');
    },
    'PING': (session) => new Promise((resolve, reject) => {
        session.on('connect', () => session.ping(Buffer.from('12345678'), (error, _time, echo) =>
            error || echo.toString() !== '12345678' ? reject(error || new Error('echo')) : resolve()));
    }),
    'settings in the middle': async (session) => {
        session.settings({initialWindowSize: 20, headerTableSize: 0});
        const got = await request(session, {});
        expect(got.status === 200 && got.length > 0, got);
    },
    'large fields and cookies': async (session) => {
        const got = await request(session, {'x-long': 'y'.repeat(6000), cookie: ['a=b', 'c=d', 'e=f']});
        expect(got.status === 200, got);
    },
};

async function main() {
    for (const [name, run] of Object.entries(rows)) {
        const session = http2.connect(url, options);
        let timer;
        try {
            await Promise.race([
                run(session),
                new Promise((_, reject) => session.on('error', reject)),
                new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('no end in 20 s')), 20000); }),
            ]);
            console.log(`ok ${name}`);
        } catch (error) {
            console.log(`FAILED ${name}: ${error.message}`);
        }
        clearTimeout(timer);
        session.destroy();
    }
}

main();
