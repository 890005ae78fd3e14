-- SPDX-License-Identifier: Apache-2.0
-- wrk: sixteen requests of eight kinds in one write, five that are answered and three that are refused, for http/load.tml.
local batch

local function post(path, body)
   return wrk.format("POST", path, { ["Content-Type"] = "application/json" }, body)
end

local function note(id)
   local head, tail = '{"id":' .. id .. ',"title":"a note","text":"', '","tags":["one","two"]}'
   return head .. string.rep("x", 1024 - #head - #tail) .. tail
end

function init(args)
   local kinds = {
      wrk.format("GET", "/load/item/12345"),
      post("/load/item/12345", note(12345)),
      wrk.format("GET", "/load/bytes/20000"),
      post("/load/bytes", string.rep("y", 3000)),
      wrk.format("GET", "/load/burn/1"),
      wrk.format("GET", "/load/nothing"), -- 404
      wrk.format("GET", "/load/item/none"), -- 400: no number
      post("/load/item/12345", '{"id":12345,"title":'), -- 400: no JSON
   }
   batch = table.concat(kinds) .. table.concat(kinds)
end

function request()
   return batch
end
