// A day of the sketch: it starts, is told things, its button is pressed, its network goes and comes.
#include "lamp.ino"

int main() {
    setup();
    loop();
    for (const char* wish : {"ON", "nonsense", "ONCE", "OFF"})
        broker.receive("esp/lamp/set", wish);
    broker.receive("elsewhere", "ON");
    for (int level : {LOW, LOW, HIGH}) {
        board_ms += 100;
        button_level = level;
        loop();
    }
    broker.lose();
    loop(); // too soon to try again
    board_ms += 5'000;
    loop();
}
