//! What is asked, and done, for whoever looks after the broker.
//!
//! Questions (`asking`) are answered at once, from what is known: `figures` of the broker, and lists
//! (`destinations`, `clients`). Messages are looked at in a walk through their queue (`walking`), step by step,
//! so that a long one holds nobody up: each step looks at a few messages (`looking`) and shows them, or does
//! something with them (`moving`) that the store keeps before the next step. `deeds` begin all that changes
//! something.

pub(crate) mod asking;
pub(crate) mod clients;
pub(crate) mod deeds;
pub(crate) mod destinations;
pub(crate) mod figures;
pub(crate) mod looking;
pub(crate) mod moving;
pub(crate) mod walking;
