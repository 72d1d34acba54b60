//! How a slice of running ends.

use crate::heap::{Id, Value};
use crate::objects::Instance;

/// Why the run loop stopped.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Exit {
    /// The bottom frame returned.
    Finished(Value),
    /// An exception left the bottom frame.
    Raised(Id<Instance>),
    /// The fuel is used up, or output waits to be taken; running again goes on.
    OutOfTicks,
    /// A host function was called: running goes on when it is answered.
    Host,
    /// The program looks at the clock: running goes on when the driver has set the time.
    Clock,
    /// Nothing can run before the deadline (loop time in seconds), or before something arrives from outside.
    Idle {
        /// When the next timer is due.
        deadline: Option<f64>,
    },
}

/// What a slow path tells the run loop.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Flow {
    /// Go on with the frame that is on top now.
    Go,
    /// Leave the loop.
    Leave(Exit),
}
