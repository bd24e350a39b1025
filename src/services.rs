//! The three services as the program runs them: their databases, and how they are built.

use std::path::Path;

use migrations::Service;
use subgraphs_kit::db::{Db, DbConfig};

use crate::failure::{Failure, with_causes};

/// Where `service` keeps its data: `WEFT_<SERVICE>_DATABASE_URL`, or a SQLite file in `data_dir`, which is
/// created.
pub(crate) fn database_url(service: Service, data_dir: &Path) -> Result<String, Failure> {
    let variable = format!("WEFT_{}_DATABASE_URL", service.name().to_uppercase());
    if let Ok(url) = std::env::var(&variable) {
        return Ok(url);
    }
    std::fs::create_dir_all(data_dir).map_err(|error| {
        let data_dir = data_dir.display();
        Failure::usage(format!("cannot create the data directory {data_dir}: {error}"))
    })?;
    let file = data_dir.join(format!("{service}.db"));
    Ok(format!("sqlite://{}", file.display()))
}

/// Connects to a service's database, or says why that cannot be done.
pub(crate) async fn connect(service: Service, url: &str) -> Result<Db, Failure> {
    let mut config = DbConfig::new(service.name(), url);
    let variable = format!("WEFT_{}_DATABASE_READ_URL", service.name().to_uppercase());
    config.read_url = std::env::var(variable).ok();
    let connected = Db::connect(&config).await;
    connected.map_err(|error| {
        let reason = with_causes(&error);
        Failure::input(format!("the database of {service} cannot be used: {reason}"))
    })
}
