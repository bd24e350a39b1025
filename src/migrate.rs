//! `weft migrate`: schema changes of the services' databases.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::output::print_line;
use crate::services::{self, Service};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only this service's database; all of them without it.
    #[arg(long, value_parser = clap::value_parser!(Service))]
    service: Option<Service>,
    /// Where the SQLite files are, for services without a database URL in the environment
    /// (WEFT_USERS_DATABASE_URL, WEFT_POSTS_DATABASE_URL, WEFT_TODOS_DATABASE_URL).
    #[arg(long, env = "WEFT_DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Clone, Copy, clap::Subcommand)]
enum Action {
    /// Apply every migration that is missing (what `weft migrate` alone does).
    Up,
    /// Take back the last migrations. This loses the data in what they created.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// List the migrations and whether the database has them.
    Status,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let chosen = match arguments.service {
        Some(service) => vec![service],
        None => Service::ALL.to_vec(),
    };
    for service in chosen {
        let url = services::database_url(service, &arguments.data_dir)?;
        let db = services::connect(service, &url).await?;
        let failed = |error| Failure::internal(&format!("migrating {service}"), error);
        match arguments.action.unwrap_or(Action::Up) {
            Action::Up => migrations::up(service, db.write()).await.map_err(failed)?,
            Action::Down { steps } => {
                let down = migrations::down(service, db.write(), Some(steps)).await;
                down.map_err(failed)?;
            }
            Action::Status => {}
        }
        let steps = migrations::status(service, db.write()).await;
        for step in steps.map_err(failed)? {
            let state = if step.applied { "applied" } else { "pending" };
            print_line(format_args!("{service:8} {state:8} {}", step.name))?;
        }
    }
    Ok(())
}
