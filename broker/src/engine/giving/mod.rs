//! Lines give messages to consumers. `turns` says who may go on; `dispatch` gives out what comes next, `choosing`
//! where consumers do not want everything, and for a `pull` one message. `paging` reads what only the store
//! has, `away` the bodies that memory had no place for, `scout` what consumers choose.

pub(crate) mod away;
pub(crate) mod choosing;
pub(crate) mod dispatch;
pub(crate) mod paging;
pub(crate) mod pull;
pub(crate) mod scout;
pub(crate) mod turns;
