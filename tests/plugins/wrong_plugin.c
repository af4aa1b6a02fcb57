// Plugins that a broker must refuse, one for each way to be wrong: WRONG_VERSION is what the version
// function answers, WRONG_OLD makes one of the old interface, WRONG_INIT one that does not start,
// WRONG_IMPORT one that wants what no broker has. Without any: no plugin at all.
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#ifdef WRONG_OLD
int mosquitto_auth_plugin_version(void) {
    return WRONG_OLD;
}
#endif

#ifdef WRONG_IMPORT
extern int mosquitto_function_of_the_future(void);
#endif

#ifdef WRONG_VERSION
int mosquitto_plugin_version(int count, const int* versions) {
    (void)count;
    (void)versions;
    return WRONG_VERSION;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void** userdata,
                          struct mosquitto_opt* options, int count) {
    (void)identifier;
    (void)userdata;
    (void)options;
    (void)count;
#ifdef WRONG_IMPORT
    return mosquitto_function_of_the_future();
#else
    return MOSQ_ERR_AUTH;
#endif
}

int mosquitto_plugin_cleanup(void* userdata, struct mosquitto_opt* options, int count) {
    (void)userdata;
    (void)options;
    (void)count;
    return MOSQ_ERR_SUCCESS;
}
#endif

// So that the one without symbols is a file with something in it.
const char* wrong_plugin_text(void) {
    return "wrong";
}
