//! The schema's place in history: where it stands, and how to move it, one node at a time.

use std::{collections::BTreeSet, fs::File, path::PathBuf};

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, TransactionTrait};
use serde::Serialize;

use super::Db;
use crate::kernel::{Code, Fault, Result};

/// Every node that migrates takes this lock ("signet" in ASCII).
const ADVISORY_LOCK: i64 = 0x7369_676e_6574;

/// One step and whether it was applied.
#[derive(Debug, Clone, Serialize)]
pub struct StepState {
    /// The step's name.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
    /// Whether this binary has it: a step from a newer release is applied but not known.
    pub known: bool,
}

#[derive(FromQueryResult)]
struct Applied {
    version: String,
}

/// Every step that the binary or the database knows, in order.
pub async fn status(db: &Db) -> Result<Vec<StepState>> {
    let applied = applied(db).await?;
    let known: BTreeSet<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let names: BTreeSet<&String> = applied.union(&known).collect();
    Ok(names
        .into_iter()
        .map(|name| StepState { name: name.clone(), applied: applied.contains(name), known: known.contains(name) })
        .collect())
}

/// Whether the service can run on this schema: every step it knows is applied. A newer, additive one may be there too,
/// so that rolling upgrades and rollbacks work.
pub fn is_ready(states: &[StepState]) -> bool {
    states.iter().all(|step| step.applied || !step.known)
}

/// Refuses to move a schema that has steps of a newer release: only that release knows how to take them back, and what may stand
/// before them.
fn judge_move(states: &[StepState]) -> Result<()> {
    match states.iter().rev().find(|step| step.applied && !step.known) {
        None => Ok(()),
        Some(newer) => {
            let why = format!("The database has {} of a newer release. Move the schema with that release.", newer.name);
            Err(Code::Conflict.because(why).into())
        }
    }
}

/// Applies what is pending; answers how many steps that were.
pub async fn up(db: &Db) -> Result<usize> {
    let _lock = Lock::take(db).await?;
    let states = status(db).await?;
    let pending = states.iter().filter(|step| step.known && !step.applied).count();
    if pending > 0 {
        judge_move(&states)?;
        Migrator::up(db.connections(), None).await?;
    }
    Ok(pending)
}

/// Takes back the newest `steps`.
pub async fn down(db: &Db, steps: u32) -> Result<()> {
    let _lock = Lock::take(db).await?;
    judge_move(&status(db).await?)?;
    Ok(Migrator::down(db.connections(), Some(steps)).await?)
}

/// The names of the applied steps; none where the table of steps does not exist yet.
async fn applied(db: &Db) -> Result<BTreeSet<String>> {
    let backend = db.reader().get_database_backend();
    let table = if backend == DbBackend::Sqlite {
        "SELECT name AS version FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
    } else {
        "SELECT table_name::text AS version FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_name = 'seaql_migrations'"
    };
    let rows = |sql: &'static str| Applied::find_by_statement(Statement::from_string(backend, sql)).all(db.reader());
    if rows(table).await?.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(rows("SELECT version FROM seaql_migrations").await?.into_iter().map(|row| row.version).collect())
}

/// Held while the schema moves: an advisory lock on PostgreSQL, a locked file beside the database on SQLite.
enum Lock {
    Postgres(#[allow(dead_code)] sea_orm::DatabaseTransaction), // held, not read: dropping it releases the lock
    Sqlite(#[allow(dead_code)] File),
    None,
}

impl Lock {
    async fn take(db: &Db) -> Result<Self> {
        let pool = db.connections();
        if pool.get_database_backend() != DbBackend::Sqlite {
            let tx = pool.begin().await?;
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")).await?;
            return Ok(Self::Postgres(tx));
        }
        #[derive(FromQueryResult)]
        struct Place {
            file: String,
        }
        let place =
            Statement::from_string(DbBackend::Sqlite, "SELECT file FROM pragma_database_list WHERE name = 'main'");
        let Some(place) = Place::find_by_statement(place).one(pool).await?.filter(|place| !place.file.is_empty())
        else {
            return Ok(Self::None); // in memory: nobody else is there
        };
        let path = PathBuf::from(place.file + ".migrating");
        let locked = tokio::task::spawn_blocking(move || {
            let file = File::create(path)?;
            file.lock()?;
            Ok::<_, std::io::Error>(file)
        });
        match locked.await {
            Ok(Ok(file)) => Ok(Self::Sqlite(file)),
            Ok(Err(error)) => Err(Fault::broken_by("cannot lock the database for migration", error).into()),
            Err(error) => Err(Fault::broken_by("the lock was not taken", error).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, applied: bool, known: bool) -> StepState {
        StepState { name: name.into(), applied, known }
    }

    #[test]
    fn a_newer_schema_serves_but_is_not_moved() {
        let ours = [step("m1", true, true), step("m2", true, true)];
        assert!(is_ready(&ours) && judge_move(&ours).is_ok());
        let ahead = [ours.to_vec(), vec![step("m3", true, false)]].concat();
        assert!(is_ready(&ahead));
        assert!(judge_move(&ahead).unwrap_err().to_string().contains("m3"));
        let behind = [step("m1", true, true), step("m2", false, true)];
        assert!(!is_ready(&behind) && judge_move(&behind).is_ok());
    }
}
