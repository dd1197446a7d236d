# An addon with defects, for a build with sanitizers. Its name ends in the addon's, so that reports attribute its
# defects to the addon.
add_library(canary_addon SHARED test/native/canary.cpp test/native/canary_addon.cpp ${CMAKE_JS_SRC})
target_include_directories(canary_addon SYSTEM PRIVATE ${CMAKE_JS_INC})
target_compile_definitions(canary_addon PRIVATE NAPI_VERSION=9)
target_link_libraries(canary_addon PRIVATE project_options)
set_target_properties(canary_addon PROPERTIES PREFIX "" OUTPUT_NAME canary_mqtt_native SUFFIX ".node")
