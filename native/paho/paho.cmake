# Paho C from the system's static archive, unmodified, as one relocatable object in which the calls that we answer
# ourselves (hooks.cpp) are redirected.

find_path(PAHO_INCLUDE_DIR MQTTAsync.h)
find_library(PAHO_ARCHIVE libpaho-mqtt3a.a)
if(NOT PAHO_INCLUDE_DIR OR NOT PAHO_ARCHIVE)
  message(FATAL_ERROR "Paho C's header MQTTAsync.h and its static archive libpaho-mqtt3a.a are needed; the shared "
    "library does not do. On Debian and Ubuntu, apt-get install libpaho-mqtt-dev")
endif()
if(NOT PAHO_ARCHIVE MATCHES "\\.a$")
  message(FATAL_ERROR "${PAHO_ARCHIVE} is not a static archive")
endif()
file(STRINGS ${PAHO_ARCHIVE} PAHO_VERSION REGEX "^1\\.[0-9]+\\.[0-9]+$" LIMIT_COUNT 1)
if(PAHO_VERSION VERSION_LESS 1.3.11)  # as which 1.3.12 introduces itself
  message(FATAL_ERROR "Paho C 1.3.12 or newer is needed; ${PAHO_ARCHIVE} is ${PAHO_VERSION}")
endif()

set(PAHO_HOOKED
  socket socketpair connect getsockopt setsockopt getpeername fcntl poll recv send writev shutdown close usleep getenv
  pthread_create pthread_cond_signal pthread_cond_broadcast pthread_cond_timedwait MQTTAsync_assignMsgId
  mymalloc myrealloc myfree Log StackTrace_entry StackTrace_exit)

# The other system functions that Paho may call. They have been reviewed and bypass no hook. The build fails when a new
# version calls any other function.
set(PAHO_ALLOWED
  # memory, strings, numbers, time
  malloc free calloc realloc memcpy memmove memset memchr memcmp strlen strnlen strcpy strncpy strcmp strncmp strncasecmp
  strchr strrchr strstr strtok_r strtol strtoul strerror strftime snprintf sprintf vsnprintf sscanf qsort bsearch rand srand
  time clock_gettime gettimeofday localtime localtime_r isxdigit __ctype_b_loc __errno_location
  # variants that compilers substitute: checked ones, and those of a later C standard
  __stack_chk_fail __stack_chk_guard __snprintf_chk __sprintf_chk __vsnprintf_chk __fprintf_chk __printf_chk __strcpy_chk __strncpy_chk
  __memcpy_chk __strcat_chk __isoc99_sscanf __isoc23_sscanf __isoc23_strtol __isoc23_strtoul
  # trace output and file persistence, neither of which is ever turned on
  printf fprintf puts putchar fopen fclose fread fwrite fgets fflush fseek ftell stdout stderr fputc fputs
  opendir readdir closedir stat lstat mkdir rmdir unlink remove rename
  # threads: locks, and the things that the hooked calls build on
  pthread_mutex_init pthread_mutex_destroy pthread_mutex_lock pthread_mutex_unlock pthread_mutexattr_init
  pthread_mutexattr_settype pthread_mutexattr_destroy pthread_cond_init pthread_cond_destroy pthread_condattr_init
  pthread_condattr_setclock pthread_self pthread_setname_np pthread_attr_init pthread_attr_setdetachstate
  pthread_attr_destroy sem_init sem_destroy sem_post sem_trywait sem_timedwait sem_getvalue
  # of an address that is a number already; and ignoring SIGPIPE, as Node does
  getaddrinfo freeaddrinfo inet_ntop signal sigaction sigemptyset
  # made by the compiler and linker
  _GLOBAL_OFFSET_TABLE_ __gmon_start__)

set(wraps "")
foreach(name IN LISTS PAHO_HOOKED)
  list(APPEND wraps "--wrap=${name}")
endforeach()

set(paho_object ${CMAKE_CURRENT_BINARY_DIR}/paho_hooked.o)
execute_process(
  COMMAND ${CMAKE_LINKER} -r -o ${paho_object} ${wraps} --whole-archive ${PAHO_ARCHIVE}
  RESULT_VARIABLE failed ERROR_VARIABLE text)
if(failed)
  message(FATAL_ERROR "Cannot link ${PAHO_ARCHIVE}: ${text}")
endif()
# Its own SHA-1, of which OpenSSL has one under the same names: each must keep to itself.
execute_process(
  COMMAND ${CMAKE_OBJCOPY} --wildcard --localize-symbol=SHA1_* ${paho_object}
  RESULT_VARIABLE failed ERROR_VARIABLE text)
if(failed)
  message(FATAL_ERROR "Cannot hide symbols of ${paho_object}: ${text}")
endif()
execute_process(
  COMMAND ${CMAKE_NM} -u --format=posix ${paho_object}
  RESULT_VARIABLE failed OUTPUT_VARIABLE undefined)
if(failed)
  message(FATAL_ERROR "Cannot read the symbols of ${paho_object}")
endif()

string(REGEX MATCHALL "[^\n ]+ U" undefined "${undefined}")
set(unknown "")
foreach(entry IN LISTS undefined)
  string(REGEX REPLACE " U$" "" name "${entry}")
  string(REGEX REPLACE "^__wrap_" "" hooked "${name}")
  if(NOT (name MATCHES "^__wrap_" AND hooked IN_LIST PAHO_HOOKED) AND NOT name IN_LIST PAHO_ALLOWED)
    list(APPEND unknown ${name})
  endif()
endforeach()
if(unknown)
  list(JOIN unknown ", " unknown)
  message(FATAL_ERROR "This version of Paho C calls functions that mqtt-native does not know: ${unknown}. "
    "Each must be answered in native/paho/hooks.cpp or found harmless (native/paho/paho.cmake).")
endif()

add_library(paho INTERFACE)
target_include_directories(paho SYSTEM INTERFACE ${PAHO_INCLUDE_DIR})
target_sources(paho INTERFACE ${paho_object})
