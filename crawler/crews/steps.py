"""What Redis does in one step each, in Lua. Times are those of the server, in microseconds.

Keys: ``w`` what waits (a sorted set by ``at``), ``t`` tasks (a hash: host, newline, body), ``l`` leases (a sorted set
by their end), ``h`` who holds them (a hash: number, holder, host, with newlines), ``d`` what is done (a sorted set by
when), ``n`` the last number given, ``o:`` an office, ``a:`` when a host may be asked next, ``i:`` who is at it, ``p:``
the pace it asks for. All keys of a crew share one hash tag, so that they lie on one node of a cluster.
"""

from __future__ import annotations

_FIRST = """
local function key(name) return KEYS[1] .. name end
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local function text(number) return string.format('%.0f', number) end
local function next_number()
  local last = tonumber(redis.call('GET', key('n')) or '0')
  local number = math.max(last + 1, now)
  redis.call('SET', key('n'), text(number))
  return text(number)
end
local function forget()
  local over = redis.call('ZRANGEBYSCORE', key('l'), '-inf', text(now))
  for _, k in ipairs(over) do
    redis.call('ZREM', key('l'), k)
    redis.call('HDEL', key('h'), k)
    redis.call('HDEL', key('t'), k)
  end
end
local function held(k) return redis.call('HGET', key('h'), k) end
local function holds(k, number)
  local h = held(k)
  return h and string.sub(h, 1, #number + 1) == number .. '\\n'
end
local function lease(k, host, holder, seconds)
  local number = next_number()
  redis.call('ZREM', key('w'), k)
  redis.call('ZADD', key('l'), text(now + seconds), k)
  redis.call('HSET', key('h'), k, number .. '\\n' .. holder .. '\\n' .. host)
  return number
end
local function slower(host, pace)
  return math.max(pace, tonumber(redis.call('GET', key('p:' .. host)) or '0'))
end
local function until_then(name, at) redis.call('PEXPIREAT', key(name), text(math.ceil(at / 1000) + 60000)) end
"""

_STEPS = {
    # -> the time
    "moment": "return text(now)",
    # -> waiting, leased
    "counts": "forget() return {redis.call('ZCARD', key('w')), redis.call('ZCARD', key('l'))}",
    # office, holder, microseconds -> number or nothing
    "lead": """
local name = key('o:' .. ARGV[1])
local h = redis.call('GET', name)
local number
if h then
  local at = string.find(h, '\\n')
  if string.sub(h, at + 1) ~= ARGV[2] then return false end
  number = string.sub(h, 1, at - 1)
else
  number = next_number()
end
redis.call('SET', name, number .. '\\n' .. ARGV[2], 'PX', text(math.ceil(ARGV[3] / 1000)))
return number
""",
    # office, number
    "resign": """
local h = redis.call('GET', key('o:' .. ARGV[1]))
if h and string.sub(h, 1, #ARGV[2] + 1) == ARGV[2] .. '\\n' then redis.call('DEL', key('o:' .. ARGV[1])) end
""",
    # seen, microseconds that done tasks are remembered, then key, at, host, body of each -> how many are new
    "offer": """
forget()
redis.call('ZREMRANGEBYSCORE', key('d'), '-inf', text(now - ARGV[2]))
local new = 0
for i = 3, #ARGV, 4 do
  local k = ARGV[i]
  if not redis.call('ZSCORE', key('w'), k) and not held(k) then
    local done = redis.call('ZSCORE', key('d'), k)
    if not done or tonumber(done) <= tonumber(ARGV[1]) then
      redis.call('ZADD', key('w'), ARGV[i + 1], k)
      redis.call('HSET', key('t'), k, ARGV[i + 2] .. '\\n' .. ARGV[i + 3])
      new = new + 1
    end
  end
end
return new
""",
    # holder, most, per host, microseconds -> key, number, at, task of each
    "lease": """
forget()
local others, mine = {}, {}
for _, h in ipairs(redis.call('HVALS', key('h'))) do
  local holder, host = string.match(h, '^[^\\n]*\\n([^\\n]*)\\n(.*)$')
  if holder == ARGV[1] then mine[host] = (mine[host] or 0) + 1 else others[host] = true end
end
local most, per_host = tonumber(ARGV[2]), tonumber(ARGV[3])
local got, start = {}, 0
while #got < most * 4 do
  local some = redis.call('ZRANGE', key('w'), start, start + 199, 'WITHSCORES')
  if #some == 0 then break end
  local names = {}
  for i = 1, #some, 2 do names[#names + 1] = some[i] end
  local tasks = redis.call('HMGET', key('t'), unpack(names))
  local taken = 0
  for i, k in ipairs(names) do
    if #got >= most * 4 then break end
    local task = tasks[i]
    if task then
      local host = string.match(task, '^([^\\n]*)\\n')
      if not others[host] and (mine[host] or 0) < per_host then
        mine[host] = (mine[host] or 0) + 1
        got[#got + 1] = k
        got[#got + 1] = lease(k, host, ARGV[1], ARGV[4])
        got[#got + 1] = some[2 * i]
        got[#got + 1] = task
        taken = taken + 1
      end
    else
      redis.call('ZREM', key('w'), k)
      taken = taken + 1
    end
  end
  start = start + #names - taken
end
return got
""",
    # holder, microseconds, then key, at, host, body of each -> a number for each, '' where another has it
    "claim": """
forget()
local got = {}
for i = 3, #ARGV, 4 do
  local k = ARGV[i]
  if held(k) then
    got[#got + 1] = ''
  else
    redis.call('HSET', key('t'), k, ARGV[i + 2] .. '\\n' .. ARGV[i + 3])
    got[#got + 1] = lease(k, ARGV[i + 2], ARGV[1], ARGV[2])
  end
end
return got
""",
    # microseconds, then key, number of each -> the keys that are lost
    "keep": """
forget()
local lost = {}
for i = 2, #ARGV, 2 do
  if holds(ARGV[i], ARGV[i + 1]) then
    redis.call('ZADD', key('l'), text(now + ARGV[1]), ARGV[i])
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost
""",
    # key, number of each
    "done": """
forget()
for i = 1, #ARGV, 2 do
  local k = ARGV[i]
  if not held(k) or holds(k, ARGV[i + 1]) then
    redis.call('ZREM', key('w'), k)
    redis.call('ZREM', key('l'), k)
    redis.call('HDEL', key('h'), k)
    redis.call('HDEL', key('t'), k)
    redis.call('ZADD', key('d'), text(now), k)
  end
end
""",
    # host, pace, most, microseconds, key and number of a lease or '' -> token or '', microseconds to wait, lost
    "enter": """
forget()
if ARGV[5] ~= '' and not holds(ARGV[5], ARGV[6]) then return {'', '0', 1} end
local inside, at = 'i:' .. ARGV[1], 'a:' .. ARGV[1]
local next_at = tonumber(redis.call('GET', key(at)) or '0')
if next_at > now then return {'', text(next_at - now), 0} end
redis.call('ZREMRANGEBYSCORE', key(inside), '-inf', text(now))
if redis.call('ZCARD', key(inside)) >= tonumber(ARGV[3]) then return {'', '0', 0} end
local token = next_number()
redis.call('ZADD', key(inside), text(now + ARGV[4]), token)
until_then(inside, now + ARGV[4])
next_at = now + slower(ARGV[1], tonumber(ARGV[2]))
redis.call('SET', key(at), text(next_at))
until_then(at, next_at)
return {token, '0', 0}
""",
    # host, token, pace
    "leave": """
local at = 'a:' .. ARGV[1]
if redis.call('ZREM', key('i:' .. ARGV[1]), ARGV[2]) == 1 then
  local next_at = math.max(tonumber(redis.call('GET', key(at)) or '0'), now + slower(ARGV[1], tonumber(ARGV[3])))
  redis.call('SET', key(at), text(next_at))
  until_then(at, next_at)
end
""",
    # host, pace, microseconds that it holds
    "slow_down": "redis.call('SET', key('p:' .. ARGV[1]), ARGV[2], 'PX', text(math.ceil(ARGV[3] / 1000)))",
    # host, microseconds
    "rest": """
local at = 'a:' .. ARGV[1]
local next_at = math.max(tonumber(redis.call('GET', key(at)) or '0'), now + ARGV[2])
redis.call('SET', key(at), text(next_at))
until_then(at, next_at)
""",
}

STEPS = {name: _FIRST + step for name, step in _STEPS.items()}
