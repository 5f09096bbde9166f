# Runs within `cmake --install`, which alone knows the prefix. Needs SEGUE_SOURCE, SEGUE_MADE (a
# folder for what is made) and SEGUE_SERVICES, entries
# NAME|METRICS_PORT|DESCRIPTION, with |STATE for a folder below /var/lib.
set(BIN ${CMAKE_INSTALL_PREFIX}/bin)
set(SHARE ${CMAKE_INSTALL_PREFIX}/share/segue)
# As the Filesystem Hierarchy Standard has it.
set(ETC ${CMAKE_INSTALL_PREFIX}/etc)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(ETC /etc)
endif()
file(READ ${SEGUE_SOURCE}/hardening.in HARDENING)
file(REMOVE_RECURSE ${SEGUE_MADE})
foreach(entry IN LISTS SEGUE_SERVICES)
  string(REPLACE "|" ";" entry "${entry}")
  list(GET entry 0 NAME)
  list(GET entry 1 METRICS_PORT)
  list(GET entry 2 DESCRIPTION)
  set(STATE)
  list(LENGTH entry parts)
  if(parts GREATER 3)
    list(GET entry 3 folder)
    string(CONCAT STATE "# Composed files and the key that signs them; the gateway, of the same user, reads them.\n"
      "StateDirectory=${folder}\n"
      "Environment=SEGUE_STORE_FOLDER=/var/lib/${folder}/music\n"
      "Environment=SEGUE_AUDIO_SIGNING_KEY=/var/lib/${folder}/signing-key.pem\n")
  endif()
  if(NAME STREQUAL "gateway")
    set(STATE "# A composed file that is played says so by its time: the least played go first.\nReadWritePaths=-/var/lib/segue/music\n")
  endif()
  configure_file(${SEGUE_SOURCE}/service.in ${SEGUE_MADE}/segue-${NAME}.service @ONLY)
endforeach()
configure_file(${SEGUE_SOURCE}/init.service.in ${SEGUE_MADE}/segue-init.service @ONLY)
file(COPY ${SEGUE_SOURCE}/segue.target DESTINATION ${SEGUE_MADE})
file(INSTALL ${SEGUE_MADE}/ DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)

# A file that somebody has changed stays; a package leaves that to dpkg.
foreach(name segue.env gateway.env)
  if(NOT EXISTS $ENV{DESTDIR}${ETC}/segue/${name})
    file(INSTALL ${SEGUE_SOURCE}/${name} DESTINATION ${ETC}/segue)
  endif()
endforeach()
