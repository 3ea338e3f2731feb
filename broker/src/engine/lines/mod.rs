//! Messages wait in lines: they come in (`arriving`), the store keeps them (`keeping`, `stored`) and knows which
//! may have been seen (`marking`). They are counted (`counting`). `space` and `demand` say how much may wait and who would take it,
//! `reading` what is to be read of the rest. `browse` shows it all.

pub(crate) mod arriving;
pub(crate) mod browse;
pub(crate) mod counting;
pub(crate) mod demand;
pub(crate) mod keeping;
pub(crate) mod marking;
pub(crate) mod reading;
pub(crate) mod space;
pub(crate) mod stored;
