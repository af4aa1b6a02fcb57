"""The tables, in Markdown that is aligned enough to be read on a terminal."""

GENERATOR_BUSY = 0.95  # share of its CPU from which on the generator sets the pace
WAITING_MAX = 0.05  # share of a round that a process may have waited for its CPU; on a quiet machine it is 0.01

FIGURE_COLUMNS = [("p50 µs", 8), ("p99 µs", 8), ("RSS MB", 7), ("ratio (lowest to highest)", 25)]
LOAD_COLUMNS = [("shape", 16), ("burst", 7), ("broker", 18), ("deliveries/s", 13), ("CPU µs/delivery", 16),
                *FIGURE_COLUMNS]
HANDSHAKE_COLUMNS = [("handshakes", 16), ("at once", 7), ("broker", 18), ("handshakes/s", 13),
                     ("CPU µs/handshake", 16), *FIGURE_COLUMNS]
IDLE_COLUMNS = [("idle clients", 13), ("broker", 18), ("RSS before MB", 13), ("RSS with MB", 11),
                ("added MB", 8), ("KB a client", 11), ("ratio", 6)]
DURABLE_COLUMNS = [("durable", 17), ("broker", 18), ("store", 12), ("publishes/s", 12), ("CPU µs/publish", 14),
                   ("p50 ms", 7), ("p99 ms", 7), ("RSS MB", 7)]
WEB_COLUMNS = [("publishing", 18), ("publishes/s", 12), ("CPU µs/publish", 14), ("p50 ms", 7), ("p99 ms", 7),
               ("of MQTT's publishes a CPU second", 32), ("goal", 5)]
RETAINED_COLUMNS = [("retained", 44), ("", 10)]
LEFT_COLUMNS = ("shape", "handshakes", "broker", "idle clients", "durable", "store", "retained", "publishing")


def print_head(columns):
    print("| " + " | ".join(name.ljust(width) for name, width in columns) + " |")
    print("|" + "|".join("-" * (width + 1) + ("-" if name in LEFT_COLUMNS else ":")
                         for name, width in columns) + "|", flush=True)


def print_row(columns, cells):
    aligned = [str(cell).ljust(width) if name in LEFT_COLUMNS else str(cell).rjust(width)
               for (name, width), cell in zip(columns, cells)]
    print("| " + " | ".join(aligned) + " |", flush=True)


def quiet(figures):
    return figures["waiting_share"] < WAITING_MAX


def typical(rounds):
    """The median round by CPU, of the quiet ones if there are any. All figures of a line come from this one round.

    Not the best: a broker that was kept off its CPU finds more messages when it returns, and so looks cheaper.
    """
    ranked = sorted(filter(quiet, rounds) if any(map(quiet, rounds)) else rounds,
                    key=lambda figures: figures["cpu_us"])
    return ranked[(len(ranked) - 1) // 2]


def load_row(shape, burst, rounds):
    """What JSON keeps of one shape: the typical round of each broker, all rounds, and the peer's cost over ours."""
    row = {"shape": shape.name, "burst": burst, "rounds": rounds,
           "typical": {broker: typical(figures) for broker, figures in rounds.items()}}
    if len(rounds) == 2:
        def ratio(ours, peer):
            return peer["cpu_us"] / ours["cpu_us"]
        pairs = list(zip(*rounds.values()))
        ratios = [ratio(*pair) for pair in pairs if all(map(quiet, pair))] or [ratio(*pair) for pair in pairs]
        row["ratio"] = ratio(*row["typical"].values())
        row["ratio_lowest"], row["ratio_highest"] = min(ratios), max(ratios)
    return row


def print_load_row(columns, shape, row):
    for position, (broker, figures) in enumerate(row["typical"].items()):
        bound = figures["generator_cpu_seconds"] > GENERATOR_BUSY * figures["seconds"]
        ratio = ""
        if position == 0 and "ratio" in row:
            ratio = f"{row['ratio']:.2f} ({row['ratio_lowest']:.2f} to {row['ratio_highest']:.2f})"
        print_row(columns, [
            shape.title, row["burst"], broker + ("" if quiet(figures) else " !"),
            f"{figures['per_second']:,.0f}" + ("*" if bound else ""), f"{figures['cpu_us']:.2f}",
            f"{figures['p50_us']:.0f}", f"{figures['p99_us']:.0f}",
            f"{figures['rss_bytes'] / 1e6:.1f}", ratio])


def print_idle(idle):
    print()
    print_head(IDLE_COLUMNS)
    added = [figures["added_bytes"] for figures in idle.values()]
    ratio = f"{added[1] / added[0]:.2f}" if len(added) == 2 and added[0] > 0 else ""
    for position, (broker, figures) in enumerate(idle.items()):
        print_row(IDLE_COLUMNS, [
            figures["clients"], broker, f"{figures['rss_before_bytes'] / 1e6:.2f}",
            f"{figures['rss_after_bytes'] / 1e6:.2f}", f"{figures['added_bytes'] / 1e6:.2f}",
            f"{figures['added_bytes'] / 1e3 / figures['clients']:.2f}", ratio if position == 0 else ""])


def print_durable_row(row):
    figures = row["typical"]
    bound = figures["generator_cpu_seconds"] > GENERATOR_BUSY * figures["seconds"]
    print_row(DURABLE_COLUMNS, [
        row["title"], row["broker"], row["store"],
        f"{figures['per_second']:,.0f}" + ("*" if bound else ""), f"{figures['cpu_us']:.1f}",
        f"{figures['p50_us'] / 1e3:.2f}", f"{figures['p99_us'] / 1e3:.2f}", f"{figures['rss_bytes'] / 1e6:.1f}"])


def print_web_row(row):
    figures = row["typical"]
    bound = figures["generator_cpu_seconds"] > GENERATOR_BUSY * figures["seconds"]
    share = goal = ""
    if "share" in row:
        share = f"{row['share']:.0%} ({row['shares'][0]:.0%}-{row['shares'][1]:.0%})"
        goal = f"{row['goal']:.0%}"
    print_row(WEB_COLUMNS, [
        row["title"], f"{figures['per_second']:,.0f}" + ("*" if bound else ""), f"{figures['cpu_us']:.2f}",
        f"{figures['p50_us'] / 1e3:.2f}", f"{figures['p99_us'] / 1e3:.2f}", share, goal])


def print_retained(figures):
    print()
    print_head(RETAINED_COLUMNS)
    rows = [("messages", f"{figures['messages']:,}"), ("loaded, s", f"{figures['load_seconds']:.1f}"),
            ("bytes each above topic and payload: loaded", f"{figures['bytes_loaded']:.0f}"),
            ("... and after a start", f"{figures['bytes_started']:.0f}"),
            ("file, MB", f"{figures['file_bytes'] / 1e6:.0f}"),
            ("ready after a crash, s", f"{figures['start_after_killed_seconds']:.2f}"),
            ("stopped in, s", f"{figures['stopped_seconds']:.2f}"),
            ("ready after that, s", f"{figures['start_after_stopped_seconds']:.2f}"),
            *((f"{name}: first and last byte, ms", f"{times['first_ms']:.1f}, {times['last_ms']:.1f}")
              for name, times in figures["reads"].items())]
    for cells in rows:
        print_row(RETAINED_COLUMNS, cells)


def print_suites(rows):
    """What each broker's handshakes agreed on: brokers that encrypt differently are not to be compared blindly."""
    suites = {}
    for row in rows:
        for broker, rounds in row["rounds"].items():
            suites.setdefault(broker, set()).update(figures["tls"] for figures in rounds if figures["tls"])
    for broker, agreed in suites.items():
        if agreed:
            print(f"TLS of {broker}: {', '.join(sorted(agreed))}")


def print_legend(with_peer):
    print("\nEach line is the broker's median round by CPU. CPU: of the broker process, user and kernel, over the "
          "counted window.")
    if with_peer:
        print("ratio: the peer's CPU per delivery or handshake over ours (above 1 we are cheaper); in brackets that of "
              "the single rounds.")
    print("*: the generator was busy all the time, so the rate is its limit and not the broker's.")
    print("!: other work took the CPU in every round, so measure this line again.")
