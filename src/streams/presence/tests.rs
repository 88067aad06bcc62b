use super::*;

const GRACE: Duration = Duration::from_secs(5);

fn person(id: &str, name: &str) -> Person {
    Person { id: id.parse().unwrap(), name: name.parse().ok() }
}

fn lobby() -> Selection {
    Selection::parse(["chat.*", "chat.lobby", "chat.lobby.here"]).unwrap()
}

/// What is told now: to which channel, who joined and who left.
fn told(presence: &Presence) -> Vec<String> {
    let told = presence.take(Instant::now()).into_iter().map(|(channel, change)| {
        let joined: Vec<_> = change.joined.iter().map(Person::name).collect();
        let left: Vec<_> = change.left.iter().map(PersonId::as_str).collect();
        format!("{channel} +{} -{}", joined.join(","), left.join(","))
    });
    told.collect()
}

fn names(presence: &Presence) -> String {
    let list = presence.people(&"chat.lobby".parse().unwrap(), 9);
    assert_eq!(list.count, list.people.len());
    list.people.iter().map(Person::name).collect::<Vec<_>>().join(",")
}

#[tokio::test(start_paused = true)]
async fn who_comes_and_who_is_gone_for_good_is_told_once() {
    let presence = Presence::new(GRACE);
    assert!(presence.enter(person("a", "Ann"), &Selection::parse(["chat.lobby"]).unwrap()).is_none());
    let one = presence.enter(person("a", "Ann"), &lobby()).unwrap();
    let two = presence.enter(person("a", "Ann"), &lobby()).unwrap();
    let other = presence.enter(person("b", "Bob"), &lobby()).unwrap();
    assert_eq!(told(&presence), ["chat.lobby.here +Ann,Bob -"]);
    drop(one);
    tokio::time::advance(GRACE * 2).await;
    assert_eq!(told(&presence), [""; 0], "there is another stream");
    drop((two, other));
    assert_eq!((told(&presence).len(), names(&presence).as_str()), (0, "Ann,Bob"));
    tokio::time::advance(GRACE).await;
    assert_eq!(told(&presence), ["chat.lobby.here + -a,b"]);
    assert!(presence.state().channels.is_empty() && presence.state().gone.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_in_time_was_never_gone() {
    let presence = Presence::new(GRACE);
    let stay = presence.enter(person("a", "Ann"), &lobby());
    told(&presence);
    drop(stay);
    tokio::time::advance(GRACE / 2).await;
    let stay = presence.enter(person("a", "Ann"), &lobby());
    tokio::time::advance(GRACE).await;
    assert_eq!(told(&presence), [""; 0]);
    // Gone again, since later than the first time.
    drop(stay);
    tokio::time::advance(GRACE / 2).await;
    assert_eq!(told(&presence), [""; 0]);
    tokio::time::advance(GRACE).await;
    assert_eq!(told(&presence), ["chat.lobby.here + -a"]);
}

/// What one node tells is at another as if it were its own, until it is told no more.
#[tokio::test(start_paused = true)]
async fn who_is_at_another_node_is_here_too() {
    let [one, two] = [Presence::new(GRACE), Presence::new(GRACE)];
    let exchange = || {
        two.hear("one", one.told());
        one.hear("two", two.told());
    };
    let ann = one.enter(person("a", "Ann"), &lobby());
    let also_ann = two.enter(person("a", "Ann"), &lobby());
    let bob = two.enter(person("b", "Bob"), &lobby());
    exchange();
    exchange();
    assert_eq!((names(&one).as_str(), names(&two).as_str()), ("Ann,Bob", "Ann,Bob"));
    assert_eq!(told(&one), ["chat.lobby.here +Ann,Bob -"]);
    assert_eq!(told(&two), ["chat.lobby.here +Ann,Bob -"]);
    // A name that is given at the one is the name at the other.
    one.rename(&person("b", "Bobby"), |_| true);
    exchange();
    assert_eq!((names(&two).as_str(), told(&two).len()), ("Ann,Bobby", 1));
    exchange();
    assert_eq!((names(&one).as_str(), told(&one).len()), ("Ann,Bobby", 1));
    // Who goes to another node was never gone.
    drop(ann);
    exchange();
    tokio::time::advance(GRACE * 2).await;
    assert_eq!((told(&one).len(), told(&two).len(), names(&one).as_str()), (0, 0, "Ann,Bobby"));
    drop(bob);
    exchange();
    tokio::time::advance(GRACE).await;
    assert_eq!([told(&one), told(&two)], [["chat.lobby.here + -b"]; 2]);
    // A node that is no more takes its people with it.
    assert_eq!(one.heard_of(), ["two"]);
    one.hear("two", Told::default());
    tokio::time::advance(GRACE).await;
    assert_eq!(told(&one), ["chat.lobby.here + -a"]);
    assert!(one.state().channels.is_empty() && one.heard_of().is_empty());
    drop(also_ann);
}

#[tokio::test(start_paused = true)]
async fn a_name_changes_everywhere_and_versions_go_up() {
    let presence = Presence::new(GRACE);
    let _stay = presence.enter(person("a", ""), &lobby());
    let before = presence.people(&"chat.lobby".parse().unwrap(), 0).version;
    let first = presence.take(Instant::now()).remove(0).1;
    presence.rename(&person("a", "Nobody"), |_| false);
    presence.rename(&person("a", "Ann"), |_| true);
    presence.rename(&person("nobody", "Nobody"), |_| true);
    let second = presence.take(Instant::now()).remove(0).1;
    assert!(before < first.version && first.version < second.version);
    assert_eq!((first.after, second.after), (0, first.version));
    assert_eq!((first.joined, second.joined), (vec![person("a", "")], vec![person("a", "Ann")]));
    // A stream that knows no name does not take it away.
    let _other = presence.enter(person("a", ""), &lobby());
    assert_eq!((told(&presence).len(), names(&presence).as_str()), (0, "Ann"));
    assert_eq!(presence.people(&"chat.lobby".parse().unwrap(), 0).version, second.version);
}
