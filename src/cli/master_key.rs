//! The master key: as set, or kept in the data directory and made there at first start.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use keys::MasterKeys;

use super::Ending;
use crate::config::Config;

/// The file in the data directory.
const FILE: &str = "master.key";

/// The master keys of these settings. Production demands that they are set, which loading the settings has checked.
pub(super) fn of(config: &Config) -> Result<MasterKeys, Ending> {
    let (text, place) = match &config.master_key {
        Some(keys) => (keys.expose().to_owned(), "the setting master_key".to_owned()),
        None => {
            let path = config.data_dir.join(FILE);
            let text = read_or_make(&path)
                .map_err(|error| Ending::failed(format!("the master key {}", path.display()), error))?;
            (text, path.display().to_string())
        }
    };
    MasterKeys::parse(&text).map_err(|error| Ending::failed(place, error))
}

/// Reads the file, or makes it, readable by its owner only. It appears whole or not at all, and is never replaced: of two
/// processes that start at once both read the same key.
fn read_or_make(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    let key = MasterKeys::generate().map_err(io::Error::other)?;
    let draft = path.with_extension(format!("key.{}", uuid::Uuid::new_v4().simple()));
    let made = write_new(&draft, &key).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = fs::remove_file(&draft);
    made?;
    removed?;
    fs::read_to_string(path)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, path::PathBuf};

    use super::*;

    struct Directory(PathBuf);

    impl Directory {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("signet-master-{}", uuid::Uuid::now_v7()));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let directory = Directory::new();
        let path = directory.0.join(FILE);
        let made = read_or_make(&path).unwrap();
        assert!(MasterKeys::parse(&made).is_ok());
        assert_eq!(read_or_make(&path).unwrap(), made);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(directory.names(), [FILE]);
    }

    #[test]
    fn processes_that_start_at_once_get_one_key() {
        let directory = Directory::new();
        let path = directory.0.join(FILE);
        let racers: Vec<_> = (0..16)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || read_or_make(&path).unwrap())
            })
            .collect();
        let keys: std::collections::HashSet<String> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
        assert_eq!(keys.len(), 1);
        assert_eq!(directory.names(), [FILE]);
    }

    #[test]
    fn nothing_is_left_where_no_file_can_be_made() {
        let directory = Directory::new();
        assert!(read_or_make(&directory.0.join("absent").join(FILE)).is_err());
        assert!(directory.names().is_empty());
    }
}
