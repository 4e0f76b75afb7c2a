//! The pool as stores use it: each statement on a connection of its own, and no waiting for a server that is away.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionOptions, TransactionTrait, prelude::async_trait::async_trait,
};

use super::circuit::Circuit;

/// The pool.
#[derive(Debug, Clone)]
pub struct Pool {
    /// The connections.
    pub(super) connections: DatabaseConnection,
    /// None on SQLite, which cannot be away.
    pub(super) circuit: Option<Circuit>,
}

impl Pool {
    /// Begins a transaction.
    ///
    /// # Errors
    /// As every statement.
    pub(super) async fn begin(&self, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
        self.guard(self.connections.begin_with_options(options)).await
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// When it does not.
    pub(super) async fn ping(&self) -> Result<(), DbErr> {
        self.guard(self.connections.ping()).await
    }

    async fn guard<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        match &self.circuit {
            Some(circuit) => circuit.guard(statement).await,
            None => statement.await,
        }
    }
}

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.connections.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.guard(self.connections.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.guard(self.connections.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.guard(self.connections.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.guard(self.connections.query_all_raw(statement)).await
    }
}
