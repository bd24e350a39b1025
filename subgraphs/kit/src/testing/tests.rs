//! The services' migrations, on pools of several connections.

use migrations::Service;

use super::*;

#[tokio::test]
async fn migrations_can_be_taken_back_and_applied_again_on_one_pool() {
    for backend in Backend::ALL {
        for service in Service::ALL {
            let test = TestDb::create(backend).await;
            let db = Db::connect(&DbConfig::new("test", &test.url))
                .await
                .unwrap();
            let pool = db.write();
            migrations::up(service, pool).await.unwrap();
            let all = migrations::status(service, pool).await.unwrap();
            assert!(all.iter().all(|step| step.applied), "{all:?}");
            for round in 0..20 {
                // More connections than the steps between down and up could use have read the schema
                // that is about to go.
                let mut open = Vec::new();
                for _ in 0..8 {
                    let transaction = sea_orm::TransactionTrait::begin(pool).await.unwrap();
                    let read = "SELECT count(*) FROM seaql_migrations";
                    transaction.execute_unprepared(read).await.unwrap();
                    open.push(transaction);
                }
                for transaction in open {
                    transaction.rollback().await.unwrap();
                }
                let down = migrations::down(service, pool, None).await;
                let up = migrations::up(service, pool).await;
                assert!(
                    down.is_ok() && up.is_ok(),
                    "{backend:?} {service}, round {round}: {down:?} {up:?}"
                );
            }
            assert_eq!(migrations::status(service, pool).await.unwrap(), all);
            db.close().await.unwrap();
            test.drop_database().await;
        }
    }
}
