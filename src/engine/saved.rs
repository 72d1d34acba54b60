//! Sessions as bytes.

use super::builder::Engine;
use super::error::Error;
use super::session::Session;
use crate::vm::{Vm, natives};
use serde::{Deserialize, Serialize};

/// What every saved session begins with.
const MAGIC: &[u8; 6] = b"acoro\x01";

/// What is saved beside the machine.
#[derive(Serialize, Deserialize)]
struct Header {
    /// A number for the build's instruction set and natives: instructions and natives are saved by number.
    build: u64,
    /// The names of the engine's host functions.
    functions: Vec<String>,
    running: bool,
    fuel: Option<u64>,
}

impl Session {
    /// The whole session as bytes: heap, frames, tasks and timers, in the middle of whatever it does.
    /// [`Engine::restore`] makes a session of them that goes on there.
    pub fn save(&self) -> Vec<u8> {
        let header = Header {
            build: build_number(),
            functions: self.engine().parts().functions.keys().cloned().collect(),
            running: self.is_running(),
            fuel: self.fuel_left(),
        };
        let bytes = MAGIC.to_vec();
        let bytes = postcard::to_extend(&header, bytes).expect("plain data serializes");
        postcard::to_extend(self.vm(), bytes).expect("plain data serializes")
    }

    pub(crate) fn restore(engine: Engine, bytes: &[u8]) -> Result<Self, Error> {
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or_else(|| Error::saved("these bytes are no saved session"))?;
        let broken = |error| Error::saved(format!("the saved session is damaged: {error}"));
        let (header, rest): (Header, &[u8]) = postcard::take_from_bytes(rest).map_err(broken)?;
        if header.build != build_number() {
            return Err(Error::saved(
                "the session was saved by another version of acoro",
            ));
        }
        if let Some(name) = header
            .functions
            .iter()
            .find(|&name| !engine.parts().functions.contains_key(name))
        {
            return Err(Error::saved(format!(
                "the session was saved by an engine with a host function '{name}', which this engine lacks"
            )));
        }
        let vm: Vm = postcard::from_bytes(rest).map_err(broken)?;
        let mut session = Session::with_vm(engine, vm);
        session.resume_saved(header.running, header.fuel);
        Ok(session)
    }
}

/// Depends on the version and on the natives' names and order.
fn build_number() -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        }
    };
    add(env!("CARGO_PKG_VERSION"));
    for (_, rows) in natives::tables() {
        rows.iter().for_each(|row| add(row.name));
    }
    hash
}
