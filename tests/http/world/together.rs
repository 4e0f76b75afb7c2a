//! Things that happen at once.

use tokio::task::JoinSet;

/// Runs futures side by side; their answers, in the order in which they came.
pub async fn together<F: Future<Output: Send + 'static> + Send + 'static>(
    futures: impl IntoIterator<Item = F>,
) -> Vec<F::Output> {
    futures.into_iter().collect::<JoinSet<_>>().join_all().await
}
