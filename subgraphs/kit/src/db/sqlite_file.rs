//! The file of a SQLite database: made for its owner alone.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    str::FromStr,
};

use sqlx::sqlite::SqliteConnectOptions;

/// The file that `url` names, as the driver reads it.
pub(super) fn path(url: &str) -> Result<PathBuf, String> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| error.to_string())?;
    Ok(options.get_filename().to_owned())
}

/// Says no if there is no directory to put `file` into.
pub(super) fn require_directory(file: &Path) -> Result<(), String> {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() && !directory.is_dir() => Err(
            format!("the directory {} does not exist", directory.display()),
        ),
        _ => Ok(()),
    }
}

/// Makes `file`, empty, if it is not there. What SQLite puts beside it takes over its mode.
///
/// The databases hold password hashes, signing keys and unpublished texts: nobody else on the machine
/// may read them. A file that is there stays as it is.
pub(super) fn create(file: &Path) -> Result<(), String> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(format!("cannot create {}: {error}", file.display())),
    }
}

/// Logs a warning if others than its owner may read `file`.
pub(super) fn warn_if_readable_by_others(file: &Path) {
    #[cfg(unix)]
    if let Ok(metadata) = file.metadata() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
        if mode & 0o044 != 0 {
            tracing::warn!(
                file.path = %file.display(),
                file.mode = format!("{mode:o}"),
                "others on this machine may read a database: chmod 600 it"
            );
        }
    }
    #[cfg(not(unix))]
    let _ = file;
}
