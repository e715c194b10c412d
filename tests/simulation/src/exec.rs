//! Tasks on virtual time: nothing runs but what is due, in the order of time and of asking.

use crate::versioned::Ms;
use crate::world::{Due, State};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The world, shared by its tasks. One thread, so borrowed and never locked.
pub type Shared = Rc<RefCell<State>>;

/// Waits until a virtual time.
pub struct Sleep {
    shared: Shared,
    until: Ms,
    asked: bool,
}

/// Waits so long.
pub fn sleep(shared: &Shared, long: Ms) -> Sleep {
    let until = shared.borrow().now + long;
    Sleep { shared: Rc::clone(shared), until, asked: false }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let until = self.until;
        let asked = std::mem::replace(&mut self.asked, true);
        let mut state = self.shared.borrow_mut();
        if state.now >= until {
            return Poll::Ready(());
        }
        if !asked {
            let task = state.polled;
            state.due(until, Due::Wake(task));
        }
        Poll::Pending
    }
}

/// The tasks that run.
#[derive(Default)]
pub struct Tasks {
    all: Vec<Option<Pin<Box<dyn Future<Output = ()>>>>>,
}

impl Tasks {
    /// Adds a task, with the number that its state was given.
    pub fn add(&mut self, number: usize, task: impl Future<Output = ()> + 'static) {
        if self.all.len() <= number {
            self.all.resize_with(number + 1, || None);
        }
        self.all[number] = Some(Box::pin(task));
    }

    /// Runs a task as far as it goes now.
    pub fn poll(&mut self, shared: &Shared, number: usize) {
        let Some(task) = self.all.get_mut(number).and_then(Option::as_mut) else {
            return;
        };
        shared.borrow_mut().polled = number;
        let mut context = Context::from_waker(Waker::noop());
        if task.as_mut().poll(&mut context).is_ready() {
            self.all[number] = None;
        }
    }

    /// Drops a task where it stands: what a crash and a time-out are.
    pub fn drop(&mut self, number: usize) {
        if let Some(task) = self.all.get_mut(number) {
            *task = None;
        }
    }
}
