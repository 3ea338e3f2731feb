#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| relaismq_openwire_fuzz::roundtrip(data));
