//! Plans executed over subgraphs that answer what each case says.

mod cases {
    pub(crate) mod bench;
    pub(crate) mod bounds;
    pub(crate) mod chaos;
    mod contexts;
    pub(crate) mod entities;
    pub(crate) mod faults;
    mod federation;
    pub(crate) mod fixture;
    pub(crate) mod http;
    pub(crate) mod lost;
    pub(crate) mod missing;
    pub(crate) mod model;
    pub(crate) mod monolith;
    pub(crate) mod mutations;
    pub(crate) mod passing;
    pub(crate) mod propagation;
    mod repeats;
    pub(crate) mod server;
    pub(crate) mod table;
    pub(crate) mod types;
    pub(crate) mod values;
}

/// An execution may run on any thread, which servers need.
#[test]
fn executions_are_send() {
    fn assert_send<T: Send>(_: impl FnOnce() -> T) {}
    fn assert_shared<T: Send + Sync>() {}
    assert_shared::<router_executor::ExecutablePlan>();
    assert_shared::<router_executor::HttpSubgraph>();
    let plan: Option<router_executor::ExecutablePlan> = None;
    let input: Option<router_executor::ExecutionInput<'_>> = None;
    if let (Some(plan), Some(input)) = (&plan, &input) {
        assert_send(|| plan.execute(input));
    }
}
