"""Callers' buckets in Redis, which all instances share; while Redis is gone each instance counts for itself."""

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from adapters.shared_redis import SharedRedis
from shared.door_limits import Allowance, Bucket, Left, left, take
from shared.errors import Unavailable

MOST_KEPT = 10_000
"""Buckets of this process; the one used longest ago makes room."""

_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local burst, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1] or burst) + math.max(0, now - tonumber(kept[2] or now)) * rate
tokens = math.min(burst, tokens)
local over = tokens < 1
if not over then tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return {over and 1 or 0, string.format('%.6f', tokens)}
"""
"""`shared.door_limits.take`, where no two instances can take the same token; a bucket that is full is forgotten."""

log = logging.getLogger("helpdesk.doors")


class SharedDoorLimits:
    """Implements the DoorLimits port. A caller's name is kept as a digest: it may be a person's."""

    def __init__(self, redis: SharedRedis, clock: Callable[[], float] = time.monotonic):
        self._redis = redis
        self._clock = clock
        self._local: OrderedDict[str, Bucket] = OrderedDict()

    async def take(self, who: str, allowance: Allowance) -> Left:
        key = f"helpdesk|callers|{hashlib.sha256(who.encode(errors='surrogatepass')).hexdigest()[:32]}"
        try:
            over, tokens = await self._redis.ask(
                lambda client: client.eval(_TAKE, 1, key, allowance.burst, allowance.per_second)
            )
        except Unavailable as error:
            log.debug("counted in this process: %s", error)
            return self._take_here(key, allowance)
        return left(float(tokens), bool(over), allowance)

    def _take_here(self, key: str, allowance: Allowance) -> Left:
        bucket, is_over = take(self._local.pop(key, None), self._clock(), allowance)
        self._local[key] = bucket
        if len(self._local) > MOST_KEPT:
            self._local.popitem(last=False)
        return left(bucket.tokens, is_over, allowance)
