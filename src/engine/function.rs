//! Host functions: Rust closures that scripts call by name.

use super::convert::{FromScript, IntoScript};
use super::data::Data;
use super::error::Exception;
use std::future::Future;
use std::pin::Pin;

/// An asynchronous host function's work.
pub(crate) type Operation = Pin<Box<dyn Future<Output = Result<Data, Exception>> + Send>>;

/// A registered closure, its types erased.
pub(crate) enum HostFunction {
    Sync(Box<dyn Fn(Vec<Data>) -> Result<Data, Exception> + Send + Sync>),
    Async(Box<dyn Fn(Vec<Data>) -> Result<Operation, Exception> + Send + Sync>),
}

/// Closures that can be registered with [`EngineBuilder::function`](super::EngineBuilder::function): any `Fn` of up to six arguments that are
/// [`FromScript`], with a result that is [`IntoScript`].
pub trait SyncFunction<Args>: Send + Sync + 'static {
    /// Converts the arguments and calls.
    ///
    /// # Errors
    ///
    /// What the script is to have raised.
    fn call(&self, name: &str, args: Vec<Data>) -> Result<Data, Exception>;
}

/// Closures that can be registered with [`EngineBuilder::async_function`](super::EngineBuilder::async_function): as [`SyncFunction`], but the
/// closure gives a `Send` future of the result.
pub trait AsyncFunction<Args>: Send + Sync + 'static {
    /// Converts the arguments and begins.
    ///
    /// # Errors
    ///
    /// What the script is to have raised.
    #[expect(
        clippy::type_complexity,
        reason = "the boxed future's type is the signature"
    )]
    fn start(
        &self,
        name: &str,
        args: Vec<Data>,
    ) -> Result<Pin<Box<dyn Future<Output = Result<Data, Exception>> + Send>>, Exception>;
}

fn check_count(name: &str, takes: usize, given: usize) -> Result<(), Exception> {
    if takes == given {
        return Ok(());
    }
    let plural = if takes == 1 { "" } else { "s" };
    let takes = if takes == 0 {
        "no".to_owned()
    } else {
        format!("exactly {takes}")
    };
    Err(Exception::new(
        "TypeError",
        format!("{name}() takes {takes} argument{plural} ({given} given)"),
    ))
}

fn convert<T: FromScript>(name: &str, number: usize, data: Option<Data>) -> Result<T, Exception> {
    T::from_script(data.unwrap_or_default()).map_err(|error| {
        Exception::new(
            error.type_name(),
            format!("{name}() argument {number}: {}", error.message()),
        )
    })
}

macro_rules! functions {
    ($($count:literal: $($arg:ident $number:literal)*;)+) => {$(
        impl<Fun, Out, $($arg),*> SyncFunction<($($arg,)*)> for Fun
        where
            Fun: Fn($($arg),*) -> Out + Send + Sync + 'static,
            Out: IntoScript,
            $($arg: FromScript,)*
        {
            fn call(&self, name: &str, args: Vec<Data>) -> Result<Data, Exception> {
                check_count(name, $count, args.len())?;
                let mut _args = args.into_iter();
                self($(convert::<$arg>(name, $number, _args.next())?),*).into_script()
            }
        }

        impl<Fun, Fut, $($arg),*> AsyncFunction<($($arg,)*)> for Fun
        where
            Fun: Fn($($arg),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output: IntoScript> + Send + 'static,
            $($arg: FromScript,)*
        {
            fn start(&self, name: &str, args: Vec<Data>) -> Result<Operation, Exception> {
                check_count(name, $count, args.len())?;
                let mut _args = args.into_iter();
                let future = self($(convert::<$arg>(name, $number, _args.next())?),*);
                Ok(Box::pin(async move { future.await.into_script() }))
            }
        }
    )+};
}

functions! {
    0: ;
    1: A 1;
    2: A 1 B 2;
    3: A 1 B 2 C 3;
    4: A 1 B 2 C 3 D 4;
    5: A 1 B 2 C 3 D 4 E 5;
    6: A 1 B 2 C 3 D 4 E 5 F 6;
}
