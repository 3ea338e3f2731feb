//! `relaismq` with each broker.

use anyhow::{Context, Result};
use relaismq_tests::{make::Make, program};

use crate::brokers::on_each_broker;
use crate::scenarios::{self, Scene, with_each_scenario};

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

with_each_scenario!(scenarios);
