-- Asks for paths drawn at random, the same ones in every run, and prints one line of JSON.
--
--     wrk ... -s load.lua URL -- paths.txt [statuses]
--
-- With "statuses" every answer's status is looked at. That costs wrk, and so the rate, a good
-- part: in runs that count, wrk itself counts the statuses from 400 on.

local requests = {}
local threads = {}

-- A global, or it could not be read from outside its thread.
other_than_200 = 0

function setup(thread)
   threads[#threads + 1] = thread
end

function init(args)
   math.randomseed(1)
   for path in io.lines(args[1]) do
      requests[#requests + 1] = wrk.format("GET", path)
   end
   if args[2] == "statuses" then
      response = function(status)
         if status ~= 200 then
            other_than_200 = other_than_200 + 1
         end
      end
   end
end

function request()
   return requests[math.random(#requests)]
end

function done(summary, latency)
   local errors = summary.errors
   local other = 0
   for _, thread in ipairs(threads) do
      other = other + thread:get("other_than_200")
   end
   -- The line break in front: wrk's own report may have left its line open.
   io.write(string.format(
      '\n{"requests":%d,"microseconds":%d,"median":%d,"p99":%d,"other_than_200":%d,"unanswered":%d}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      math.max(other, errors.status),
      errors.connect + errors.read + errors.write + errors.timeout
   ))
end
