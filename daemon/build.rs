//! Links the settings of the allocator into the program, so that it has them however it is built. They are a symbol that
//! jemalloc looks for, which Rust cannot define without unsafe code.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=malloc.c");
    // As an object of its own: out of a library the linker would take it only where nothing else defined the symbol.
    for object in cc::Build::new().file("malloc.c").try_compile_intermediates()? {
        println!("cargo::rustc-link-arg-bin=syncd={}", object.display());
    }
    Ok(())
}
