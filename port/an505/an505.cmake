# The board, for an image: an505_image(TARGET) links a program for it.
set(AN505_DIR ${CMAKE_CURRENT_LIST_DIR})
file(GLOB region ${AN505_DIR}/../region/*.c)
add_library(p_region STATIC ${region})
target_include_directories(p_region PUBLIC ${AN505_DIR}/../region)
target_link_libraries(p_region PUBLIC t_agent)

file(GLOB board ${AN505_DIR}/*.c)
list(REMOVE_ITEM board ${AN505_DIR}/string.c)
add_library(p_an505 OBJECT ${board})
target_include_directories(p_an505 PRIVATE ${CMAKE_SOURCE_DIR}/cmd/teep-device)
target_link_libraries(p_an505 PUBLIC t_base)

function(an505_image target)
	target_link_libraries(${target} PRIVATE p_an505 p_string)
	target_include_directories(${target} PRIVATE
		${CMAKE_SOURCE_DIR}/cmd/teep-device)
	target_link_options(${target} PRIVATE -nostartfiles
		--specs=nano.specs --specs=nosys.specs -Wl,--gc-sections
		-Wl,-T,${AN505_DIR}/an505.ld -Wl,--no-warn-rwx-segments
		-Wl,-Map=${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
	set_target_properties(${target} PROPERTIES LINK_DEPENDS
		${AN505_DIR}/an505.ld SUFFIX .elf)
endfunction()
