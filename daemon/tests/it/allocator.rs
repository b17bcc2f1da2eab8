//! The allocator's settings are part of the program, however it was built.

use std::process::Command;

#[test]
fn the_program_gives_memory_back_that_a_burst_took() {
    let output = Command::new(env!("CARGO_BIN_EXE_syncd"))
        .env("MALLOC_CONF", "stats_print:true")
        .arg("--version")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    for setting in [
        "opt.background_thread: true",
        "opt.dirty_decay_ms: 1000",
        "opt.muzzy_decay_ms: 0",
        "opt.narenas: 2",
        "opt.tcache_max: 4096",
    ] {
        assert!(told.contains(setting), "{setting} is not in {told}");
    }
}
