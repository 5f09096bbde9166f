# `cpack -G DEB` in a release build makes the Debian package; it builds nothing itself.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME segue)
set(CPACK_PACKAGE_CONTACT "Segue maintainers <maintainers@segue.example>")
set(CPACK_PACKAGE_VENDOR Segue)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "live music recommendations from a stream of listening")
set(CPACK_PACKAGE_DESCRIPTION "Segue reads what listeners play from Apache Kafka, learns from every event,
keeps its state in Redis and publishes a refreshed list to each listener
within milliseconds. This package has its services, their units and the
tools that prepare and watch them. Kafka and Redis may run elsewhere.
The processor must have AVX2 (x86-64-v3).")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
  "redis-server, fluidr3mono-gm-soundfont | fluid-soundfont-gm")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_STRIP_FILES ON)
# Units name absolute paths, so files are laid out under DESTDIR as they will be.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${SCRIPTS}/conffiles ${SCRIPTS}/postinst ${SCRIPTS}/prerm ${SCRIPTS}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(MADE ${CMAKE_CURRENT_BINARY_DIR}/debian)
file(MAKE_DIRECTORY ${MADE})
configure_file(${SCRIPTS}/changelog.in ${MADE}/changelog @ONLY)
execute_process(COMMAND gzip -9nkf ${MADE}/changelog COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${MADE}/changelog.gz ${SCRIPTS}/copyright DESTINATION share/doc/segue
  COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${SCRIPTS}/lintian-overrides RENAME segue DESTINATION share/lintian/overrides
  COMPONENT debian EXCLUDE_FROM_ALL)
set(CPACK_COMPONENTS_ALL Unspecified debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
include(CPack)
