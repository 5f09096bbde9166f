#!lua name=segue

-- State and offset of a partition move together, or not at all.
--
-- The checkpoint "sg:{<topic>/<partition>}:ckpt" is a HASH:
--   next        the first input offset whose effects are not in the state; -1 before the first run
--   token       of the last claim, which may write; empty after a release
--   batch       number of the last applied batch
--   attempts    claims since the last progress
--   stepping    the offset marked before it was stepped, -1: none
--   marks       how often `stepping` was marked
--   owner       who claimed last, for people
--   updated_ms  when it was last claimed, applied or released, for people
--   schema      version of what is stored beside it
--
-- Rules that hold for every function here:
-- * All checks, of arguments too, come before the first write: Redis keeps the earlier writes of a
--   script that fails midway, so nothing after the checks may fail.
-- * No `allow-oom`: Redis refuses a writing call for memory before it runs.
-- * Offsets are compared as canonical decimal text, which is exact for 64 bits; only equality is
--   ever asked. Batch numbers are Lua's doubles, exact below 2^53.
-- * Before the first run (next is -1) no position holds but for batch 1, with which the first owner
--   says where it begins: a state that went back to before that is noticed like any other.
-- * Replies are arrays of text that begin with OK, DUP, FENCED or OFFSET; OFFSET is followed by
--   where the state is.

local VERSION = '3'
local NONE = '-1'

-- Lua cannot unpack thousands of values; reads and writes go in slices of so many.
local SLICE = 200

local function is_offset(text)
  return text == '0' or text == NONE or string.match(text, '^[1-9]%d*$') ~= nil
end

-- How long a value lives that fades: longer by far than anybody still asks for it, so that whether it
-- is there decides nothing.
local FADES_AFTER_S = 60 * 24 * 3600

local function is_flag(text)
  return text == '0' or text == '1'
end

local function wrong(what)
  return redis.error_reply('ERR segue: ' .. what)
end

-- The reply to a worker that has lost the right to the partition or the position; nil: it holds.
local function refusal(stored_token, stored_next, token, position)
  if not stored_token or stored_token ~= token then return {'FENCED'} end
  if stored_next ~= position then return {'OFFSET', stored_next} end
  return nil
end

local function refusal_of(checkpoint, token, position)
  local stored = redis.call('HMGET', checkpoint, 'token', 'next')
  return refusal(stored[1], stored[2], token, position)
end

local function fence_fault(keys, args, key_count)
  if key_count and #keys ~= key_count then return 'wrong number of keys' end
  if #args ~= 2 or #args[1] == 0 or not is_offset(args[2]) then return 'needs token and position' end
  return nil
end

-- A call that a user has no right to fails where it stands, so that a batch would be written in part:
-- a claiming worker must be allowed all of them.
local NEEDED = {
  {'HGET', 'f'}, {'HMGET', 'f'}, {'HSET', 'f', 'v'}, {'HINCRBY', 'f', '1'}, {'MGET'}, {'MSET', 'v'},
  {'SET', 'v'}, {'DEL'}
}

local function forbidden(checkpoint)
  for _, call in ipairs(NEEDED) do
    if not redis.acl_check_cmd(call[1], checkpoint, unpack(call, 2)) then return call[1] end
  end
  return nil
end

-- keys: ckpt; args: owner, token, now_ms, schema -> next, batch, attempts, stepping, marks
local function claim(keys, args)
  if #keys ~= 1 or #args ~= 4 or #args[2] == 0 then
    return wrong('sg_claim needs a checkpoint, owner, token, now_ms and schema')
  end
  local missing = forbidden(keys[1])
  if missing then
    return redis.error_reply("NOPERM segue: this user has no right to '" .. missing .. "' on " .. keys[1])
  end
  local checkpoint, owner, token, now_ms, schema = keys[1], args[1], args[2], args[3], args[4]
  local stored = redis.call('HGET', checkpoint, 'schema')
  if stored and stored ~= schema then
    return wrong('the state has schema ' .. stored .. ', this program writes ' .. schema)
  end
  if not stored then
    redis.call('HSET', checkpoint, 'next', NONE, 'batch', '0', 'attempts', '0', 'stepping', NONE,
               'marks', '0', 'schema', schema)
  end
  -- The same token again is the same claim, whose reply was lost.
  if redis.call('HGET', checkpoint, 'token') ~= token then
    redis.call('HINCRBY', checkpoint, 'attempts', 1)
    redis.call('HSET', checkpoint, 'token', token, 'owner', owner, 'updated_ms', now_ms)
  end
  return redis.call('HMGET', checkpoint, 'next', 'batch', 'attempts', 'stepping', 'marks')
end

-- keys: ckpt, k...; args: token, position -> OK, v... | FENCED | OFFSET
local function load_values(keys, args)
  local fault = fence_fault(keys, args)
  if fault then return wrong('sg_load ' .. fault) end
  local refused = refusal_of(keys[1], args[1], args[2])
  if refused then return refused end

  local reply = {'OK'}
  for first = 2, #keys, SLICE do
    local last = math.min(first + SLICE - 1, #keys)
    local values = redis.call('MGET', unpack(keys, first, last))
    for i = 1, last - first + 1 do reply[first + i - 1] = values[i] end
  end
  return reply
end

-- keys: ckpt; args: token, position -> OK | FENCED | OFFSET
local function check(keys, args)
  local fault = fence_fault(keys, args, 1)
  if fault then return wrong('sg_check ' .. fault) end
  return refusal_of(keys[1], args[1], args[2]) or {'OK'}
end

local APPLY_ARGS = 6

local function apply_fault(keys, args)
  if #keys < 1 or #args ~= APPLY_ARGS + 2 * (#keys - 1) then return 'wrong number of arguments' end
  if #args[1] == 0 then return 'empty token' end
  if not is_offset(args[2]) or not is_offset(args[3]) or args[3] == NONE then return 'bad offset' end
  if not is_offset(args[4]) or args[4] == NONE then return 'bad batch' end
  if not is_flag(args[5]) then return 'bad keep_attempts' end
  for i = APPLY_ARGS + 1, #args, 2 do
    if not is_flag(args[i]) and args[i] ~= '2' then return 'bad flag' end
  end
  return nil
end

-- Each key is set (flag '1'), set until it fades ('2') or deleted ('0').
local function write_values(keys, args)
  local sets, fading, deletes = {}, {}, {}
  local function flush_sets()
    if #sets > 0 then redis.call('MSET', unpack(sets)) end
    sets = {}
  end
  for k = 2, #keys do
    local flag = APPLY_ARGS + 2 * (k - 1) - 1
    if args[flag] == '1' then
      sets[#sets + 1] = keys[k]
      sets[#sets + 1] = args[flag + 1]
      if #sets >= SLICE then flush_sets() end
    elseif args[flag] == '2' then
      fading[keys[k]] = args[flag + 1]
    else
      deletes[#deletes + 1] = keys[k]
    end
  end
  flush_sets()
  for key, value in pairs(fading) do redis.call('SET', key, value, 'EX', FADES_AFTER_S) end
  for _, key in ipairs(deletes) do redis.call('DEL', key) end
end

-- keys: ckpt, k...; args: token, first, next, batch, keep_attempts, now_ms, then flag and value for
-- each k -> OK | DUP | FENCED | OFFSET. A key stands at most once in a call.
local function apply(keys, args)
  local fault = apply_fault(keys, args)
  if fault then return wrong('sg_apply ' .. fault) end
  local checkpoint, token, first, next, batch = keys[1], args[1], args[2], args[3], args[4]
  local stored = redis.call('HMGET', checkpoint, 'token', 'next', 'batch')
  if stored[1] == token and stored[2] == next and stored[3] == batch then return {'DUP'} end
  if stored[2] == NONE then stored[2] = first end
  local refused = refusal(stored[1], stored[2], token, first)
  if refused then return refused end
  -- An empty batch leaves the position where it is: only its number tells a late command (done, or
  -- overtaken) from the next one, and a state that went back in time. Exact below 2^53 batches.
  local expected = tonumber(stored[3]) + 1
  if tonumber(batch) < expected then return {'DUP'} end
  if tonumber(batch) > expected then return {'OFFSET', stored[2]} end

  write_values(keys, args)
  redis.call('HSET', checkpoint, 'next', next, 'batch', batch, 'stepping', NONE, 'marks', '0',
             'updated_ms', args[6])
  if args[5] == '0' then redis.call('HSET', checkpoint, 'attempts', '0') end
  return {'OK'}
end

-- keys: ckpt; args: token, position, marks -> OK | FENCED | OFFSET. The caller counts, so that the
-- same call again changes nothing.
local function mark(keys, args)
  if #keys ~= 1 or #args ~= 3 or #args[1] == 0 or not is_offset(args[2]) or not is_offset(args[3]) then
    return wrong('sg_mark needs a checkpoint, token, position and marks')
  end
  local refused = refusal_of(keys[1], args[1], args[2])
  if refused then return refused end
  redis.call('HSET', keys[1], 'stepping', args[2], 'marks', args[3])
  return {'OK'}
end

-- keys: ckpt; args: token, position -> OK | FENCED | OFFSET
local function unmark(keys, args)
  local fault = fence_fault(keys, args, 1)
  if fault then return wrong('sg_unmark ' .. fault) end
  local refused = refusal_of(keys[1], args[1], args[2])
  if refused then return refused end
  redis.call('HSET', keys[1], 'stepping', NONE, 'marks', '0')
  return {'OK'}
end

-- keys: ckpt; args: token, position, now_ms -> OK | FENCED | OFFSET
local function release(keys, args)
  if #keys ~= 1 or #args ~= 3 or #args[1] == 0 or not is_offset(args[2]) then
    return wrong('sg_release needs a checkpoint, token, position and now_ms')
  end
  local refused = refusal_of(keys[1], args[1], args[2])
  if refused then return refused end
  redis.call('HSET', keys[1], 'attempts', '0', 'stepping', NONE, 'marks', '0', 'token', '',
             'updated_ms', args[3])
  return {'OK'}
end

local function version()
  return VERSION
end

redis.register_function{function_name = 'sg_claim', callback = claim}
redis.register_function{function_name = 'sg_load', callback = load_values, flags = {'no-writes'}}
redis.register_function{function_name = 'sg_check', callback = check, flags = {'no-writes'}}
redis.register_function{function_name = 'sg_apply', callback = apply}
redis.register_function{function_name = 'sg_mark', callback = mark}
redis.register_function{function_name = 'sg_unmark', callback = unmark}
redis.register_function{function_name = 'sg_release', callback = release}
redis.register_function{function_name = 'sg_version', callback = version, flags = {'no-writes'}}
