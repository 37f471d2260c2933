-- 100,000 URLs by zipf 1.0, the same sequence for everyone. The requests are
-- made before the first is sent, so that the generator stays cheap.
local urls, samples = 100000, 65536
local requests, sent = nil, 0

local function build()
  local cumulated, sum = {}, 0
  for k = 1, urls do
    sum = sum + 1 / k
    cumulated[k] = sum
  end
  local state = 12345
  local function random()
    state = (state * 16807) % 2147483647
    return state / 2147483647
  end
  requests = {}
  for n = 1, samples do
    local x, low, high = random() * sum, 1, urls
    while low < high do
      local middle = math.floor((low + high) / 2)
      if cumulated[middle] < x then low = middle + 1 else high = middle end
    end
    requests[n] = wrk.format("GET", "/o/" .. ((low * 7919) % urls)) -- popular ones apart from each other
  end
end

request = function()
  if not requests then build() end
  sent = sent % samples + 1
  return requests[sent]
end
