//! The way to the first login.

use super::world::World;
use crate::proto::io::Request;

#[test]
fn introduces_itself_logs_in_and_is_connected() {
    let mut world = World::new();
    let connect = world.ask(Request::Connect);
    world.done(connect);
    assert_eq!(world.broker("a").names(), ["WireFormatInfo", "ConnectionControl", "ConnectionInfo"]);
    world.finish();
}
