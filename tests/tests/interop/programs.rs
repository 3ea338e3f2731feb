//! `relaismq` with each broker.

use anyhow::{Context, Result};
use relaismq_tests::{make::Make, program};

use crate::brokers::on_each_broker;
use crate::scenarios::{self, Scene};

/// Has each scenario run.
macro_rules! scenarios {
    ($($scenario:ident),* $(,)?) => {
        $(async fn $scenario(make: Make) -> Result<()> {
            let broker = make.start().await?;
            let program = program::built("relaismq-programs", "relaismq")?;
            let program = program.to_str().context("a strange path")?;
            let url = format!("failover:({})", broker.url()?);
            scenarios::$scenario(Scene { program, url }).await;
            Ok(())
        })*
        on_each_broker!($($scenario),*);
    };
}

scenarios!(
    a_move_that_is_killed_leaves_each_message_in_one_place,
    a_request_prints_its_answer_or_ends_with_124,
    bench_measures_and_leaves_nothing_behind,
    browse_shows_what_is_there_and_leaves_it,
    buried_messages_go_back_to_where_they_came_from,
    ctrl_c_ends_every_command_in_order,
    lines_go_through_a_queue_in_order,
    move_keeps_messages_as_they_are,
    move_takes_what_is_selected_and_no_more_than_asked,
    purge_empties_a_queue_and_leaves_what_is_not_selected,
    what_another_consumer_holds_is_not_called_purged,
    what_consume_prints_as_json_produce_sends_again_with_all_its_types,
);
