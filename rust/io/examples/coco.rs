//! Bench.
use std::path::Path;
use std::time::Instant;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let n: usize = std::env::var("N").map_or(3, |n| n.parse().unwrap());
    for _ in 0..n {
        let t = Instant::now();
        let c = boxlint_io::read_coco(
            boxlint_io::Source::Path(Path::new(&args[0])),
            args.get(1).map(|p| boxlint_io::Source::Path(Path::new(p))),
            &boxlint_io::Options::default(),
        );
        let e = t.elapsed().as_secs_f64();
        let mb = args.iter().map(|p| std::fs::metadata(p).unwrap().len()).sum::<u64>() as f64 / 1e6;
        println!("{e:.3} s {:.0} MB/s", mb / e);
        match c {
            Err(e) => println!("{e}"),
            Ok(c) => {
                println!(
                    "{} images {} annotations {:?} detections",
                    c.images.names.len(),
                    c.annotations.xyxy.len(),
                    c.detections.as_ref().map(|d| d.xyxy.len())
                );
                for f in &c.findings {
                    println!("  {f}")
                }
            }
        }
    }
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", s.lines().find(|l| l.starts_with("VmHWM")).unwrap());
}
