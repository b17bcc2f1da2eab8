//! Links the settings of the allocator into the program, so that it has them however it is built. They are a symbol that
//! jemalloc looks for, which Rust cannot define without unsafe code. Refuses to go on where SQLite lacks what the store needs.

use std::error::Error;

/// What `.cargo/config.toml` sets in a checkout, and whoever builds from elsewhere has to.
const FLAG: &str = "-DSQLITE_ENABLE_DBPAGE_VTAB";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=LIBSQLITE3_FLAGS");
    if !std::env::var("LIBSQLITE3_FLAGS").is_ok_and(|flags| flags.contains(FLAG)) {
        println!(
            "cargo::error=SQLite is built without {FLAG}: build within the checkout, or set LIBSQLITE3_FLAGS={FLAG}"
        );
        return Ok(());
    }
    println!("cargo::rerun-if-changed=malloc.c");
    // As an object of its own: out of a library the linker would take it only where nothing else defined the symbol.
    for object in cc::Build::new().file("malloc.c").try_compile_intermediates()? {
        println!("cargo::rustc-link-arg-bin=syncd={}", object.display());
    }
    Ok(())
}
