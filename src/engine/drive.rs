//! The two drivers beside the poll API: blocking the thread, and as a future for any executor.

use super::convert::{Arguments, FromScript};
use super::data::Data;
use super::error::Error;
use super::script::Script;
use super::session::{Progress, Session, convert};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Ticks between two looks at the clock and at interruptions.
const SLICE: u64 = 200_000;

/// What a session does when it can't go on: wait so long for what is pending, or go on at once.
enum Pause {
    Again,
    Wait(Option<Duration>),
}

/// The session's time: the real one, or its own.
struct Clock {
    began: Instant,
    offset: Duration,
    real: bool,
}

impl Clock {
    fn of(session: &Session) -> Self {
        Self {
            began: Instant::now(),
            offset: session.now(),
            real: session.engine().parts().real_time,
        }
    }

    fn now(&self) -> Duration {
        if self.real {
            self.offset + self.began.elapsed()
        } else {
            self.offset
        }
    }

    /// Decides what to do when a session is idle.
    fn pause(
        &mut self,
        deadline: Option<Duration>,
        pending: usize,
        session: &Session,
    ) -> Result<Pause, Error> {
        match deadline {
            // Who has a handler for signals may be waiting for one.
            None if pending == 0 && session.vm().asyncio.caught == 0 => Err(Error::deadlock()),
            None => Ok(Pause::Wait(None)),
            Some(deadline) if self.real => Ok(match deadline.checked_sub(self.now()) {
                Some(wait) if !wait.is_zero() => Pause::Wait(Some(wait)),
                Some(_) | None => Pause::Again,
            }),
            // Virtual time stands still while the host does something.
            Some(_) if pending > 0 => Ok(Pause::Wait(None)),
            Some(deadline) => {
                self.offset = self.offset.max(deadline);
                Ok(Pause::Again)
            }
        }
    }
}

struct ThreadWaker(Thread);

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Session {
    /// Runs a source to its end, blocking this thread while it waits. The result is the value of the source's last statement, if
    /// that is an expression.
    ///
    /// # Errors
    ///
    /// Errors of the source; the exception it raised; a limit it reached; a result of another type.
    pub fn run<T: FromScript>(&mut self, source: &str) -> Result<T, Error> {
        let script = Script::compile("<script>", source)?;
        self.run_script(&script)
    }

    /// Runs a compiled script to its end, blocking this thread while it waits.
    ///
    /// # Errors
    ///
    /// As [`Session::run`].
    pub fn run_script<T: FromScript>(&mut self, script: &Script) -> Result<T, Error> {
        self.start(script);
        convert(self.drive()?)
    }

    /// Calls a function of the main module, blocking this thread while it waits. An `async def` function is run by `asyncio.run`.
    ///
    /// # Errors
    ///
    /// As [`Session::run`], and if there is no such function.
    pub fn call<T: FromScript>(
        &mut self,
        function: &str,
        args: impl Arguments,
    ) -> Result<T, Error> {
        self.start_call(function, args)?;
        convert(self.drive()?)
    }

    /// Runs what was started to its end, blocking this thread while it waits.
    ///
    /// # Errors
    ///
    /// As [`Session::run`].
    pub fn drive(&mut self) -> Result<Data, Error> {
        let waker = Waker::from(Arc::new(ThreadWaker(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut clock = Clock::of(self);
        loop {
            match self.poll_by(&mut context, &|| clock.now(), SLICE)? {
                Progress::Done(data) => return Ok(data),
                Progress::OutOfFuel => {}
                Progress::Idle { deadline, pending } => {
                    match clock.pause(deadline, pending, self)? {
                        Pause::Again => {}
                        Pause::Wait(Some(wait)) => std::thread::park_timeout(wait),
                        Pause::Wait(None) => std::thread::park(),
                    }
                }
            }
        }
    }

    /// Runs a source as a future: it can be spawned on any executor. `sleep` is the executor's timer, `tokio::time::sleep` for example.
    ///
    /// # Errors
    ///
    /// As [`Session::run`].
    pub async fn run_async<T, S>(
        &mut self,
        source: &str,
        sleep: impl FnMut(Duration) -> S + Send,
    ) -> Result<T, Error>
    where
        T: FromScript,
        S: Future<Output = ()> + Send,
    {
        let script = Script::compile("<script>", source)?;
        self.start(&script);
        convert(self.drive_async(sleep).await?)
    }

    /// Runs what was started as a future.
    ///
    /// # Errors
    ///
    /// As [`Session::run`].
    pub async fn drive_async<S>(
        &mut self,
        mut sleep: impl FnMut(Duration) -> S + Send,
    ) -> Result<Data, Error>
    where
        S: Future<Output = ()> + Send,
    {
        let mut clock = Clock::of(self);
        let mut timer: Option<Pin<Box<S>>> = None;
        poll_fn(move |context| {
            drop(timer.take());
            match self.poll_by(context, &|| clock.now(), SLICE) {
                Err(error) => return Poll::Ready(Err(error)),
                Ok(Progress::Done(data)) => return Poll::Ready(Ok(data)),
                Ok(Progress::OutOfFuel) => context.waker().wake_by_ref(),
                Ok(Progress::Idle { deadline, pending }) => {
                    match clock.pause(deadline, pending, self) {
                        Err(error) => return Poll::Ready(Err(error)),
                        Ok(Pause::Again) => context.waker().wake_by_ref(),
                        Ok(Pause::Wait(None)) => {}
                        Ok(Pause::Wait(Some(wait))) => {
                            let sleeping = timer.insert(Box::pin(sleep(wait)));
                            if sleeping.as_mut().poll(context).is_ready() {
                                context.waker().wake_by_ref();
                            }
                        }
                    }
                }
            }
            Poll::Pending
        })
        .await
    }
}
