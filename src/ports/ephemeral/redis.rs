//! The ephemeral store in Redis, shared by every node.

use std::{
    pin::Pin,
    sync::{Arc, LazyLock},
    time::Duration,
};

use redis::{Cmd, FromRedisValue, Script, cmd};
use tokio::{runtime::Handle, time::Instant};

use self::{
    form::Form,
    line::{Line, Trouble},
};
use super::{
    Answer, Ephemeral, Spend,
    pace::{Pace, Paced},
    rate::{Allowance, Rate, micros},
    topic::Subscription,
};
use crate::{config::RedisUrl, kernel::Fault};

mod form;
mod line;

/// Replaces what was there by a value that can be spent.
static PUT_SPENDABLE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "redis.call('DEL', KEYS[1])
         redis.call('HSET', KEYS[1], 'value', ARGV[1])
         redis.call('PEXPIRE', KEYS[1], ARGV[2])
         return 1",
    )
});

/// Marks a value as spent: whether this call did, and the value.
static SPEND: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local value = redis.call('HGET', KEYS[1], 'value')
         if not value then return false end
         local first = redis.call('HSETNX', KEYS[1], 'spent', '1')
         if first == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
         return {first, value}",
    )
});

/// [`Rate::judge`] on Redis' own clock: up to when everything is paid, and now. ARGV: step, span, how many to count
/// (0 or 1). Numbers are formatted by hand: Lua writes only 14 digits of them.
static METER: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
         local now = time[1] * 1000000 + time[2]
         local step, span, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
         local paid = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now)
         if count == 1 and paid - now + step <= span then
           local ends = math.ceil((paid + step - now) / 1000)
           redis.call('SET', KEYS[1], string.format('%.0f', paid + step), 'PX', string.format('%.0f', ends))
         end
         return {string.format('%.0f', paid), string.format('%.0f', now)}",
    )
});

/// [`Pace::judge`] on Redis' own clock: whether this question came too early, and the wait from now on. ARGV: interval, penalty
/// and tolerance in microseconds, how long to remember it in milliseconds.
static PACE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local time = redis.call('TIME')
         local now = time[1] * 1000000 + time[2]
         local interval = tonumber(redis.call('HGET', KEYS[1], 'interval')) or tonumber(ARGV[1])
         local at = tonumber(redis.call('HGET', KEYS[1], 'at'))
         local early = at and now - at < interval - tonumber(ARGV[3])
         if early then interval = interval + tonumber(ARGV[2]) end
         redis.call('HSET', KEYS[1], 'at', string.format('%.0f', now), 'interval', string.format('%.0f', interval))
         redis.call('PEXPIRE', KEYS[1], ARGV[4])
         return {early and 1 or 0, string.format('%.0f', interval)}",
    )
});

/// The store in Redis (6.2 or later, or what speaks like it: Valkey, KeyDB).
pub struct Redis {
    line: Arc<Line>,
    prefix: String,
}

impl Redis {
    /// A store at `url`: one server, a cluster (where a key that is being moved between nodes is unavailable for as long
    /// as that takes), or a master that sentinels know.
    ///
    /// Values are named `<prefix>v:<key>`, buckets `<prefix>r:<bucket>`, channels `<prefix><topic>`. It does not wait for
    /// Redis: while that is away each call fails, within `timeout`.
    ///
    /// # Errors
    /// A fault when the library cannot use the URL (it does not repeat it: it may hold a password), or outside of the
    /// Tokio runtime.
    pub fn open(url: &RedisUrl, prefix: &str, timeout: Duration) -> Result<Self, Fault> {
        Handle::try_current().map_err(|error| Fault::broken_by("Redis needs the Tokio runtime", error))?;
        Ok(Self { line: Line::new(Form::of(url)?, timeout, prefix.to_owned()), prefix: prefix.to_owned() })
    }

    fn value(&self, key: &str) -> String {
        format!("{}v:{key}", self.prefix)
    }

    fn bucket(&self, bucket: &str) -> String {
        format!("{}r:{bucket}", self.prefix)
    }

    async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> Result<T, Fault> {
        self.line.call(|mut link| async move { question.query_async(&mut link).await }).await.map_err(fault)
    }

    async fn run<T: FromRedisValue>(&self, script: &Script, key: &str, arguments: &[&[u8]]) -> Result<T, Fault> {
        let mut invocation = script.key(key);
        for argument in arguments {
            invocation.arg(*argument);
        }
        let invocation = &invocation;
        self.line.call(|mut link| async move { invocation.invoke_async(&mut link).await }).await.map_err(fault)
    }

    async fn meter(&self, bucket: &str, rate: Rate, count: &str) -> Result<(i64, i64), Fault> {
        let (step, span) = (rate.step().to_string(), rate.span().to_string());
        self.run(&METER, &self.bucket(bucket), &[step.as_bytes(), span.as_bytes(), count.as_bytes()]).await
    }
}

/// A command of the wrong kind is our defect; anything else is Redis' absence.
fn fault(trouble: Trouble) -> Fault {
    match &trouble {
        Trouble::Redis(error) if error.code() == Some("WRONGTYPE") => {
            Fault::broken_by("a spendable value was used as a plain one, or a plain one as spendable", trouble)
        }
        _ => Fault::unavailable("redis", trouble),
    }
}

/// Whole milliseconds, at least one: Redis refuses zero. More than a thousand years are as good as for ever.
fn millis(ttl: Duration) -> u64 {
    const MILLENNIUM: u64 = 1_000 * 366 * 86_400_000;
    u64::try_from(ttl.as_nanos().div_ceil(1_000_000)).unwrap_or(MILLENNIUM).clamp(1, MILLENNIUM)
}

impl Ephemeral for Redis {
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, ()> {
        Box::pin(async move { self.ask(cmd("SET").arg(self.value(key)).arg(value).arg("PX").arg(millis(ttl))).await })
    }

    fn put_new<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, bool> {
        Box::pin(async move {
            let stored: Option<String> =
                self.ask(cmd("SET").arg(self.value(key)).arg(value).arg("PX").arg(millis(ttl)).arg("NX")).await?;
            Ok(stored.is_some())
        })
    }

    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move { self.ask(cmd("GET").arg(self.value(key))).await })
    }

    fn take<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move { self.ask(cmd("GETDEL").arg(self.value(key))).await })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        Box::pin(async move { self.ask(cmd("DEL").arg(self.value(key))).await })
    }

    fn put_spendable<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, ()> {
        Box::pin(async move {
            let ttl = millis(ttl).to_string();
            self.run(&PUT_SPENDABLE, &self.value(key), &[value, ttl.as_bytes()]).await
        })
    }

    fn spend<'a>(&'a self, key: &'a str, keep: Duration) -> Answer<'a, Spend> {
        Box::pin(async move {
            let keep = millis(keep).to_string();
            let spent: Option<(bool, Vec<u8>)> = self.run(&SPEND, &self.value(key), &[keep.as_bytes()]).await?;
            Ok(match spent {
                None => Spend::Unknown,
                Some((true, value)) => Spend::First(value),
                Some((false, value)) => Spend::Again(value),
            })
        })
    }

    fn hit<'a>(&'a self, bucket: &'a str, rate: Rate) -> Answer<'a, Allowance> {
        Box::pin(async move {
            if rate.limit == 0 {
                return Ok(Allowance::UNLIMITED);
            }
            let (paid_until, now) = self.meter(bucket, rate, "1").await?;
            Ok(rate.judge_hit(paid_until, now))
        })
    }

    fn peek<'a>(&'a self, bucket: &'a str, rate: Rate) -> Answer<'a, Allowance> {
        Box::pin(async move {
            if rate.limit == 0 {
                return Ok(Allowance::UNLIMITED);
            }
            let (paid_until, now) = self.meter(bucket, rate, "0").await?;
            Ok(rate.judge(paid_until, now))
        })
    }

    fn forget<'a>(&'a self, bucket: &'a str) -> Answer<'a, ()> {
        Box::pin(async move { self.ask(cmd("DEL").arg(self.bucket(bucket))).await })
    }

    fn pace<'a>(&'a self, key: &'a str, pace: Pace) -> Answer<'a, Paced> {
        Box::pin(async move {
            let numbers = [micros(pace.interval), micros(pace.penalty), micros(pace.tolerance)].map(|n| n.to_string());
            let keep = millis(pace.keep).to_string();
            let [interval, penalty, tolerance] = numbers.each_ref().map(String::as_bytes);
            let arguments = [interval, penalty, tolerance, keep.as_bytes()];
            let (early, waits): (bool, i64) = self.run(&PACE, &self.value(key), &arguments).await?;
            Ok(Paced { early, interval: Duration::from_micros(waits.unsigned_abs()) })
        })
    }

    fn publish<'a>(&'a self, topic: &'a str, message: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(async move { self.ask(cmd("PUBLISH").arg(format!("{}{topic}", self.prefix)).arg(message)).await })
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Pin<Box<dyn Future<Output = Subscription> + Send + 'a>> {
        Box::pin(async move {
            let subscription = self.line.topics().join(topic);
            self.line.tune_in(topic).await;
            subscription
        })
    }

    fn ping(&self) -> Answer<'_, Duration> {
        Box::pin(async move {
            let asked = Instant::now();
            self.ask::<()>(&cmd("PING")).await?;
            Ok(asked.elapsed())
        })
    }

    fn is_shared(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_live_are_whole_milliseconds_and_never_zero() {
        assert_eq!(millis(Duration::ZERO), 1);
        assert_eq!(millis(Duration::from_micros(1001)), 2);
        assert_eq!(millis(Duration::from_secs(60)), 60_000);
        assert!(millis(Duration::MAX) < i64::MAX.unsigned_abs() / 2);
    }
}
