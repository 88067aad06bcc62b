//! A body that somebody looks at on its way.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// What a body said when it was asked for its next piece.
pub(super) type Polled = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

/// The same body; `look` hears of each time that it is asked, and is dropped with it.
pub(super) fn observed(body: Body, look: impl FnMut(&Polled, &Body) + Send + Unpin + 'static) -> Body {
    Body::new(Observed { body, look })
}

struct Observed<F> {
    body: Body,
    look: F,
}

impl<F: FnMut(&Polled, &Body) + Unpin> HttpBody for Observed<F> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let Self { body, look } = self.get_mut();
        let polled = Pin::new(&mut *body).poll_frame(cx);
        look(&polled, body);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
