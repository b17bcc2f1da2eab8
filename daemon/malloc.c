/* What jemalloc reads when the program starts: memory of a burst goes back to the system within seconds, from a thread in the
   background. The environment variable MALLOC_CONF overrides it. */
const char *malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0,narenas:2,tcache_max:4096";
