//! acoro inside a Rust program: host functions, a typed result, limits, and a session that is saved in the middle of a wait.
//!
//! Run it with `cargo run --example embed`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use acoro::{Engine, Error, Exception, Progress};
use std::time::Duration;

fn main() -> Result<(), Error> {
    // An engine grants nothing by itself: no output, no clock, no files. This one prints, and knows two Rust closures.
    let engine = Engine::builder()
        .function("discount", |price: f64, percent: i64| {
            if (0..=100).contains(&percent) {
                Ok(price * (100 - percent) as f64 / 100.0)
            } else {
                Err(Exception::new(
                    "ValueError",
                    format!("{percent} is no percentage"),
                ))
            }
        })
        .async_function("stock", |item: String| async move {
            // Any future will do: a database query, an HTTP request.
            if item == "tea" { 3 } else { 0 }
        })
        .output(|_stream, text| print!("{text}"))
        .memory_limit(16 << 20)
        .fuel(1_000_000)
        .build();

    // A source's last expression is its value. The session keeps its variables.
    let mut session = engine.session();
    let price: f64 = session.run("discount(20.0, 25)")?;
    println!("discounted: {price}");

    // Script functions are called with Rust values; an `async def` function is run to its end.
    session.run::<()>(SHOP)?;
    let in_stock: Vec<String> = session.call("in_stock", (vec!["tea", "coffee"],))?;
    println!("in stock: {in_stock:?}");

    // What a script does wrong is an error with the place it happened at.
    let error = session
        .run::<f64>("discount(20.0, 120)")
        .expect_err("120 is no percentage");
    println!("error: {error}");

    // A script that never ends uses up its fuel, and one that hoards reaches its memory limit. Neither can be caught by the script.
    let error = engine
        .session()
        .run::<()>("while True: pass")
        .expect_err("it never ends");
    println!("endless: {error}");
    let error = engine
        .session()
        .run::<()>("hoard = []\nwhile True: hoard.append('x' * 1000)")
        .expect_err("it hoards");
    println!("hoarding: {error}");

    // A session is one plain value. Here it is saved in the middle of an `await`, and goes on as another one.
    let mut session = engine.session();
    session.start(&engine.compile("nap", NAP)?);
    while let Progress::OutOfFuel = session.poll(Duration::ZERO, 1_000)? {}
    let bytes = session.save();
    drop(session);
    let mut awake = engine.restore(&bytes)?;
    println!(
        "saved {} bytes",
        if bytes.len() < 1 << 20 {
            "a few"
        } else {
            "many"
        }
    );
    match awake.poll(Duration::from_secs(3600), 1_000_000)? {
        Progress::Done(value) => println!("done: {value:?}"),
        other => println!("not done: {other:?}"),
    }
    Ok(())
}

const SHOP: &str = "
import asyncio

async def in_stock(items):
    counts = await asyncio.gather(*[stock(item) for item in items])
    return [item for item, count in zip(items, counts) if count]
";

const NAP: &str = "
import asyncio

async def nap():
    print('good night')
    await asyncio.sleep(3600)
    print('good morning')
    return 'rested'

asyncio.run(nap())
";
