// SPDX-License-Identifier: Apache-2.0
// The Node peer of the differential test: every request that is well-formed is answered with 200, X-Seen: method and
// length of the body. Prints its port.
'use strict';
const http = require('node:http');

function answer(request, response) {
    let size = 0;
    request.on('data', (piece) => { size += piece.length; });
    request.on('end', () => {
        response.writeHead(200, {'X-Seen': `${request.method} ${size}`, 'Content-Length': 0});
        response.end();
    });
    request.on('error', () => {});
}

const server = http.createServer({keepAlive: true}, answer);
server.on('checkContinue', (request, response) => {
    response.writeContinue();
    answer(request, response);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
