//! Generates the parser from `acoro.lalrpop`.

fn main() {
    let made = lalrpop::Configuration::new()
        .emit_rerun_directives(true)
        .process_dir("grammar");
    if let Err(error) = made {
        eprintln!("{error}");
        std::process::exit(1);
    }
}
