//! What a file adds: restarts, other processes, other files, damage, a full disk.

use super::{
    super::{
        suite::{
            Folder, START, all, channel, entry, keep_all, publish, publish_one, receipts, select, texts,
            wait_until_indexed,
        },
        *,
    },
    *,
};
use std::{
    fs,
    io::{Seek, SeekFrom, Write},
    path::PathBuf,
    thread,
    time::Duration,
};

fn open(folder: &Folder) -> Result<SqliteLog, OpenError> {
    SqliteLog::open(&folder.log(), keep_all(), START)
}

fn search(log: &SqliteLog, query: &str) -> Result<Vec<Message>, LogError> {
    log.search(&query.parse().unwrap(), &select(&[">"]), None, 99)
}

fn search_file(folder: &Folder) -> PathBuf {
    lock::beside(&folder.log(), ".search")
}

#[test]
fn a_restart_keeps_everything() {
    let folder = Folder::new();
    let rule = Retention { channels: "a".parse().unwrap(), count: Some(2), age: None, bytes: None };
    let settings = Settings { retention: vec![rule], ..keep_all() };
    let facts = |log: &SqliteLog| {
        wait_until_indexed(log);
        let coverage = ["a", "b", "*"].map(|pattern| log.coverage(&select(&[pattern])).unwrap());
        (all(log, &[">"]), log.channels().unwrap(), log.size(), log.newest(), coverage)
    };
    let request = Publish { channel: channel("b"), entries: vec![entry(Some("k"), &["x"])] };
    let (before, receipt) = {
        let log = SqliteLog::open(&folder.log(), settings.clone(), START).unwrap();
        log.append(&[publish("a", &["1", "2", "3"]), publish("b", &["4"])], START).unwrap();
        let receipt = receipts(&log, &request, START).remove(0);
        log.trim(START, 9).unwrap();
        (facts(&log), receipt)
    };
    let log = SqliteLog::open(&folder.log(), settings, START - 9).unwrap();
    assert_eq!(facts(&log), before);
    assert_eq!(receipts(&log, &request, START), [Receipt { duplicate: true, ..receipt }]);
}

#[test]
fn the_file_is_written_through_to_the_disk() {
    let folder = Folder::new();
    let log = open(&folder).unwrap();
    let pragma =
        |name| log.writer().pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
    assert_eq!(pragma("journal_mode").unwrap(), rusqlite::types::Value::Text("wal".into()));
    assert_eq!(pragma("synchronous").unwrap(), rusqlite::types::Value::Integer(2));
}

#[test]
fn a_second_one_is_refused_until_the_first_is_closed() {
    let folder = Folder::new();
    let log = open(&folder).unwrap();
    let error = open(&folder).err().unwrap();
    assert!(matches!(&error, OpenError::InUse(path) if *path == folder.log()), "{error}");
    assert!(error.to_string().contains("log.db.lock"), "{error}");
    publish_one(&log, "a", "x", START);
    drop(log);
    assert_eq!(open(&folder).unwrap().size().messages, 1);
}

#[test]
fn one_file_is_one_log_whatever_it_is_called() {
    let folder = Folder::new();
    let log = open(&folder).unwrap();
    let link = folder.log().with_file_name("link.db");
    std::os::unix::fs::symlink(folder.log(), &link).unwrap();
    assert!(matches!(SqliteLog::open(&link, keep_all(), START), Err(OpenError::InUse(_))));
    drop(log);
    assert!(SqliteLog::open(&link, keep_all(), START).is_ok());
    let second = folder.log().with_file_name("second.db");
    fs::hard_link(folder.log(), &second).unwrap();
    for path in [&second, &folder.log()] {
        let error = SqliteLog::open(path, keep_all(), START).err().unwrap();
        assert!(error.to_string().contains("hard link"), "{error}");
    }
}

#[test]
fn a_newer_format_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    drop(open(&folder).unwrap());
    Connection::open(folder.log()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(folder.log()).unwrap();
    let error = open(&folder).err().unwrap();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("log.db has version 99"), "{error}");
    assert_eq!(fs::read(folder.log()).unwrap(), before);
}

#[test]
fn other_files_are_refused_and_left_as_they_are() {
    let write = |path: &Path, content: &[u8]| fs::write(path, content).unwrap();
    let database = |path: &Path, sql: &str| Connection::open(path).unwrap().execute_batch(sql).unwrap();
    let others: [&dyn Fn(&Path); 4] = [
        &|path| {
            write(
                path,
                b"notes that somebody made, and that are longer than the header of a file of SQLite: 100",
            )
        },
        &|path| write(path, &[7; 10_000]),
        &|path| database(path, "CREATE TABLE someone_elses (a)"),
        &|path| database(path, "PRAGMA application_id = 5; PRAGMA user_version = 1"),
    ];
    for (number, make) in others.iter().enumerate() {
        let folder = Folder::new();
        make(&folder.log());
        let before = fs::read(folder.log()).unwrap();
        let error = open(&folder).err().unwrap();
        assert!(matches!(error, OpenError::Foreign(_)), "{number}: {error}");
        assert!(error.to_string().contains("log.db is not a log of Tidings"), "{error}");
        assert_eq!(fs::read(folder.log()).unwrap(), before, "{number}");
    }
}

#[test]
fn the_folders_of_a_new_log_are_made() {
    let folder = Folder::new();
    let path = folder.log().join("in").join("no").join("folder.db");
    assert!(SqliteLog::open(&path, keep_all(), START).is_ok());
}

#[test]
fn a_path_that_cannot_be_says_so() {
    let folder = Folder::new();
    fs::write(folder.log(), "").unwrap();
    let below = folder.log().join("in").join("no").join("folder.db");
    let error = SqliteLog::open(&below, keep_all(), START).err().unwrap();
    assert!(
        matches!(error, OpenError::Unavailable { .. }) && error.to_string().contains("folder.db"),
        "{error}"
    );
    fs::remove_file(folder.log()).unwrap();
    fs::create_dir(folder.log()).unwrap();
    assert!(matches!(open(&folder).err().unwrap(), OpenError::Unavailable { .. }));
}

#[test]
fn a_name_that_looks_like_a_uri_is_a_name() {
    let folder = Folder::new();
    let path = folder.log().with_file_name("file:a?mode=memory&x=%41#b");
    publish_one(&SqliteLog::open(&path, keep_all(), START).unwrap(), "a", "x", START);
    assert!(path.exists());
    assert_eq!(SqliteLog::open(&path, keep_all(), START).unwrap().size().messages, 1);
}

/// Damage anywhere in the file gives errors, or is not noticed; it ends nothing.
#[test]
fn a_damaged_file_gives_errors() {
    let folder = Folder::new();
    {
        let log = open(&folder).unwrap();
        for n in 0..200 {
            log.append(&[publish(&format!("c.{}", n % 3), &[&*"word ".repeat(100)])], START + n).unwrap();
        }
    }
    let whole = fs::read(folder.log()).unwrap();
    let (mut at_opening, mut at_reading, mut at_writing) = (0, 0, 0);
    for page in 1..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0xa5);
        // What the last round left beside the file would repair this one.
        drop(fs::remove_file(lock::beside(&folder.log(), "-wal")));
        fs::write(folder.log(), damaged).unwrap();
        let log = match open(&folder) {
            Ok(log) => log,
            Err(OpenError::Damaged { path, .. }) if path == folder.log() => {
                at_opening += 1;
                continue;
            }
            Err(error) => panic!("page {page}: {error}"),
        };
        let (begin, patterns) = (EventId::new(0, 0), select(&[">"]));
        let reads = [
            log.read_after(&patterns, begin, log.newest(), 999).map(drop),
            log.read_before(&select(&["c.1"]), None, 999).map(drop),
            log.coverage(&patterns).map(drop),
        ];
        for error in reads.into_iter().filter_map(Result::err) {
            assert!(matches!(error, LogError::Damaged(_)), "page {page}: {error}");
            at_reading += 1;
        }
        let before = log.newest();
        match log.append(&[publish("c.1", &["new"])], START) {
            Ok(_) => assert!(log.newest() > before),
            Err(error) => {
                assert!(matches!(error, LogError::Damaged(_)), "page {page}: {error}");
                assert_eq!(log.newest(), before);
                at_writing += 1;
            }
        }
        drop(search(&log, "word"));
        drop(log.trim(START, 9));
    }
    assert!(at_opening > 0 && at_reading > 0 && at_writing > 0, "{at_opening} {at_reading} {at_writing}");
}

/// SQLite refuses to grow the file with the error that it gives when the disk is full.
#[test]
fn a_full_disk_refuses_what_does_not_fit_and_takes_it_when_there_is_room() {
    let folder = Folder::new();
    let rule = Retention { channels: "old".parse().unwrap(), count: Some(0), age: None, bytes: None };
    let log =
        SqliteLog::open(&folder.log(), Settings { retention: vec![rule], ..keep_all() }, START).unwrap();
    let large = "x".repeat(50_000);
    log.append(&[publish("old", &[&*large; 4])], START).unwrap();
    let pages: i64 = log.writer().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let limit = |pages: i64| {
        let set = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        log.writer().pragma_update_and_check(None, "max_page_count", pages, set).unwrap()
    };
    assert_eq!(limit(pages), pages);

    let keyed = Publish { channel: channel("new"), entries: vec![entry(Some("k"), &[&*large; 3])] };
    let facts =
        || (log.newest(), log.size().messages, log.channels().unwrap(), texts(&all(&log, &[">"])).len());
    let before = facts();
    for _ in 0..3 {
        let error = log.append(&[publish("old", &["small"]), keyed.clone()], START).unwrap_err();
        assert!(matches!(error, LogError::Full), "{error}");
        assert_eq!(facts(), before);
    }
    // Trimming makes room, although the disk is full.
    assert_eq!(log.trim(START, 99).unwrap(), 4);
    let receipt = receipts(&log, &keyed, START).remove(0);
    assert!(!receipt.duplicate, "the key was not used by what failed");
    assert_eq!(receipt.first, EventId::new(START, before.0.sequence() + 1), "nor were the ids");

    assert!(matches!(log.append(&[publish("new", &[&*large; 9])], START), Err(LogError::Full)));
    limit(100_000);
    log.append(&[publish("new", &[&*large; 9])], START).unwrap();
    drop(log);
    assert_eq!(all(&open(&folder).unwrap(), &["new"]).len(), 12);
}

/// A clock that is far off gives no id that does not fit.
#[test]
fn the_last_ids_fit_and_after_them_there_are_none() {
    let folder = Folder::new();
    let log = open(&folder).unwrap();
    let id = publish_one(&log, "a", "x", Millis::MAX);
    assert_eq!(id, EventId::new(id::MAX_MILLISECONDS, 0));
    let rest = vec![""; usize::try_from(IdClock::PER_MILLISECOND).unwrap() - 2];
    log.append(&[publish("a", &rest)], START).unwrap();
    let error = log.append(&[publish("a", &["", ""])], START).unwrap_err();
    assert!(matches!(error, LogError::Unavailable(_)), "{error}");
    assert_eq!(
        log.read_before(&select(&["a"]), None, 1).unwrap(),
        log.read_after(
            &select(&["a"]),
            EventId::new(id.milliseconds(), rest.len() as u64 - 1),
            log.newest(),
            9
        )
        .unwrap()
    );
}

#[test]
fn search_is_made_anew_if_its_file_is_not_usable() {
    let folder = Folder::new();
    let log = open(&folder).unwrap();
    log.append(&[publish("a", &["hit 1", "hit 2"])], START).unwrap();
    wait_until_indexed(&log);
    drop(log);
    let path = search_file(&folder);
    let whole = fs::read(&path).unwrap();
    let garbage: [&dyn Fn(); 8] = [
        &|| fs::remove_file(&path).unwrap(),
        &|| fs::write(&path, b"").unwrap(),
        &|| fs::write(&path, [7; 9_999]).unwrap(),
        &|| fs::write(&path, &whole[..whole.len() / 2]).unwrap(),
        &|| Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap(),
        // That of another log, or of this one before a backup was put back.
        &|| Connection::open(&path).unwrap().execute_batch("UPDATE progress SET beginning = 5").unwrap(),
        &|| {
            Connection::open(&path)
                .unwrap()
                .execute_batch("UPDATE progress SET indexed_to = 1 << 62")
                .unwrap()
        },
        // As after a power cut: some of it did not come to the disk.
        &|| {
            Connection::open(&path)
                .unwrap()
                .execute_batch(
                    "INSERT INTO texts (texts) VALUES ('delete-all'); UPDATE progress SET unsynced_since = 'earlier'",
                )
                .unwrap()
        },
    ];
    for (number, spoil) in garbage.iter().enumerate() {
        spoil();
        let log = open(&folder).unwrap();
        wait_until_indexed(&log);
        assert_eq!(texts(&search(&log, "hit").unwrap()), ["hit 2", "hit 1"], "{number}");
    }
}

/// Who publishes does not wait for the index to come to the disk, so it says when not all of it may be there.
#[test]
fn the_search_index_says_when_it_may_not_be_on_the_disk() {
    let folder = Folder::new();
    let says = || -> Option<String> {
        let index = Connection::open(search_file(&folder)).unwrap();
        index.query_row("SELECT unsynced_since FROM progress", (), |row| row.get(0)).unwrap()
    };
    for round in 0..2 {
        let log = open(&folder).unwrap();
        assert_eq!(says().is_some(), cfg!(target_os = "linux"), "{round}");
        log.append(&[publish("a", &["word"])], START).unwrap();
        wait_until_indexed(&log);
        drop(log);
        assert_eq!(says(), None, "{round}");
    }
}

#[test]
fn search_is_made_anew_if_its_file_is_damaged_while_it_is_used() {
    let folder = Folder::new();
    let log = open(&folder).unwrap();
    let data: Vec<String> = (0..2_000).map(|n| format!("hit {n} word{}", n * 7_919)).collect();
    let data: Vec<&str> = data.iter().map(String::as_str).collect();
    log.append(&[publish("a", &data)], START).unwrap();
    wait_until_indexed(&log);
    drop(log);
    let path = search_file(&folder);
    let length = fs::metadata(&path).unwrap().len();
    // All but the first pages, which are looked at when it is opened.
    let mut file = fs::File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(4096 * 12)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length - 4096 * 12).unwrap()]).unwrap();
    drop(file);

    let log = open(&folder).unwrap();
    let mut last = search(&log, "hit");
    for _ in 0..60_000 {
        match &last {
            Ok(found) if found.len() == 99 => return,
            // It is being made anew.
            Ok(_) | Err(LogError::Unavailable(_)) => thread::sleep(Duration::from_millis(1)),
            Err(error) => panic!("{error}"),
        }
        last = search(&log, "hit");
    }
    panic!("search does not recover: {last:?}");
}

/// What was published and trimmed while there was no search, as after a crash, is caught up with.
#[test]
fn search_catches_up_after_a_restart() {
    let folder = Folder::new();
    let rule = Retention { channels: ">".parse().unwrap(), count: Some(2), age: None, bytes: None };
    let settings = Settings { retention: vec![rule], ..keep_all() };
    let path = search_file(&folder);
    let log = SqliteLog::open(&folder.log(), settings.clone(), START).unwrap();
    log.append(&[publish("a", &["hit 1", "hit 2"])], START).unwrap();
    wait_until_indexed(&log);
    drop(log);
    let early = fs::read(&path).unwrap();
    let log = SqliteLog::open(&folder.log(), settings.clone(), START).unwrap();
    log.append(&[publish("a", &["hit 3"])], START).unwrap();
    assert_eq!(log.trim(START, 9).unwrap(), 1);
    wait_until_indexed(&log);
    drop(log);
    fs::write(&path, early).unwrap();

    let log = SqliteLog::open(&folder.log(), settings, START).unwrap();
    wait_until_indexed(&log);
    assert_eq!(texts(&search(&log, "hit").unwrap()), ["hit 3", "hit 2"]);
    // Closing waits for what the thread does; then the file has what the log has.
    let rows = || -> i64 {
        let connection = Connection::open(&path).unwrap();
        connection.query_row("SELECT count(*) FROM texts_docsize", (), |row| row.get(0)).unwrap()
    };
    for _ in 0..60_000 {
        if rows() == 2 {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("what was trimmed stays in the index: {} rows", rows());
}
