//! One person with two accounts says so: a code here, typed there, confirmed here.

use crate::harness::world::World;

everywhere!(a_code_is_for_another_place);

async fn a_code_is_for_another_place(world: &World) {
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let told = alice.commands("link").await;
    told.says("With your other account")
        .says("whoever you confirm acts as you");
    let code = told.code();
    alice
        .commands(&format!("link {code}"))
        .await
        .says("with your other account");
    // Whoever is given a code by somebody of the same workspace is being tricked.
    bob.commands(&format!("link {code}"))
        .await
        .says("Nothing was linked");
    bob.commands("link 0000-0000").await.says("is not good");
    // Only what looks like a code is one.
    let number = bob.reports("link in a mail that I clicked").await.number();
    bob.reads(&[&number]).await;
    world
        .person("rita")
        .sees_card(&number)
        .await
        .says("link in a mail");
}
