//! A panic in one request is a fault of that request, not the end of the process.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use crate::kernel::Fault;

/// Runs `future`, and makes a panic in it a fault.
pub async fn caught<F: Future>(future: F) -> Result<F::Output, Fault> {
    let mut future = pin!(future);
    poll_fn(move |context| {
        // Nothing of the future is looked at after a panic, so no broken state is seen.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(Fault::broken(format!("a panic: {}", words(panic.as_ref()))))),
        }
    })
    .await
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_fault_with_its_words() {
        let fault = caught(async {
            tokio::task::yield_now().await;
            panic!("number {}", 7)
        })
        .await;
        let fault: Result<(), _> = fault;
        assert_eq!(fault.unwrap_err().to_string(), "a panic: number 7");
        assert_eq!(caught(async { 1 }).await.unwrap(), 1);
    }
}
